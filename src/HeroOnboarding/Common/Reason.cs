namespace HeroOnboarding.Common;

/// <summary>Why an operator did something: 3 to 500 characters.</summary>
public static class Reason
{
    public static bool IsGiven(string? reason) => reason?.Trim() is { Length: >= 3 and <= 500 };
}
