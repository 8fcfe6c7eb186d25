namespace HeroOnboarding.Web;

/// <summary>Where a list stands: after which row it starts and where the next page would start.</summary>
public sealed record Pager(string Path, string? After, string? Next);
