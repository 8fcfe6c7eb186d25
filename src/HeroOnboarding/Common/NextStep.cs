namespace HeroOnboarding.Common;

/// <summary>A link to a page of this site.</summary>
/// <param name="Href">A path, optionally with a fragment.</param>
/// <param name="Label">The text of the link.</param>
public sealed record NextStep(string Href, string Label);
