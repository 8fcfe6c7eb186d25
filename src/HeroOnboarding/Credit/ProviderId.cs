namespace HeroOnboarding.Credit;

/// <summary>Ids that payment providers assign to checkouts, payments and events.</summary>
internal static class ProviderId
{
    private const int Longest = 255;

    /// <summary>1 to 255 letters, digits, <c>_</c> and <c>-</c>. Other values are not ids and are not stored.</summary>
    public static bool IsWellFormed([System.Diagnostics.CodeAnalysis.NotNullWhen(true)] string? id) =>
        id is { Length: > 0 and <= Longest } && id.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-');
}
