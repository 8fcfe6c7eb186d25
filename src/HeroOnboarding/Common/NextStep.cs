namespace HeroOnboarding.Common;

/// <summary>A link to a page of this site.</summary>
/// <param name="Href">A path, with a fragment where one place of the page is meant.</param>
/// <param name="Label">The words of the link.</param>
public sealed record NextStep(string Href, string Label);
