namespace HeroOnboarding.Web;

/// <summary>The position in a list: the cursor of this page and of the next one.</summary>
public sealed record Pager(string Path, string? After, string? Next);
