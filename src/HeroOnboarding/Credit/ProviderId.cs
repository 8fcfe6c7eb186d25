namespace HeroOnboarding.Credit;

/// <summary>Ids that payment providers make: of checkouts, payments and events.</summary>
internal static class ProviderId
{
    private const int Longest = 255;

    /// <summary>1 to 255 letters, digits, <c>_</c> and <c>-</c>. Anything else is no id and is not stored.</summary>
    public static bool IsWellFormed([System.Diagnostics.CodeAnalysis.NotNullWhen(true)] string? id) =>
        id is { Length: > 0 and <= Longest } && id.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-');
}
