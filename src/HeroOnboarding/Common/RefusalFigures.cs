namespace HeroOnboarding.Common;

/// <summary>
/// The typed values in a refusal's detail. Unlike free text they may be part of the address of the page that a refused
/// form returns to: the page reads numbers and instants, checks their range and composes the same sentence that
/// programs read in <c>detail</c>.
/// </summary>
/// <param name="Price">Micro-dollars that the refused action costs.</param>
/// <param name="Balance">Micro-dollars of credit; negative when the account owes.</param>
/// <param name="Least">Micro-dollars: the smallest accepted amount.</param>
/// <param name="Most">Micro-dollars: the largest accepted amount.</param>
/// <param name="At">When the action becomes possible.</param>
/// <param name="Has">A count or a lease number in the store.</param>
/// <param name="Needs">The required count, or the lease number that the request named.</param>
public sealed record RefusalFigures(
    long? Price = null,
    long? Balance = null,
    long? Least = null,
    long? Most = null,
    DateTimeOffset? At = null,
    long? Has = null,
    long? Needs = null
)
{
    /// <summary>Stands for <see cref="At"/> in a sentence, since a page shows it as a <c>time</c> element.</summary>
    public const string Instant = "{at}";

    /// <summary>The sentence as plain text, with the instant filled in; null for null.</summary>
    public string? Fill(string? sentence) =>
        sentence?.Replace(Instant, At is { } at ? Instants.Utc(at) : "", StringComparison.Ordinal);
}
