namespace HeroOnboarding.Common;

/// <summary>The reason of an operator's action: 3 to 500 characters.</summary>
public static class Reason
{
    public static bool IsGiven(string? reason) => reason?.Trim() is { Length: >= 3 and <= 500 };
}
