using System.Globalization;
using HeroOnboarding.Credit;
using HeroOnboarding.Shared;
using HeroOnboarding.Store;
using Microsoft.AspNetCore.Html;

namespace HeroOnboarding.Web;

/// <summary>
/// The typed values in a refusal's detail. Unlike free text they may travel in the address of the page that a refused
/// form returns to: the page reads numbers and instants, checks their range and composes the same sentence that
/// programs read in <c>detail</c>.
/// </summary>
/// <param name="Price">Micro-dollars that the refused action costs.</param>
/// <param name="Balance">Micro-dollars of credit; negative when the account owes.</param>
/// <param name="Least">Micro-dollars: the smallest amount accepted.</param>
/// <param name="Most">Micro-dollars: the largest amount accepted.</param>
/// <param name="At">When the action becomes possible.</param>
/// <param name="Has">A count or a lease number as the store has it.</param>
/// <param name="Needs">The count that is required, or the lease number that the request named.</param>
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
    /// <summary>One billion dollars in micro-dollars; larger amounts in an address are ignored.</summary>
    private const long Bound = 1_000_000_000 * Money.MicrosPerDollar;

    private const string Prefix = "refused_";

    /// <summary>Stands for <see cref="At"/> in a sentence, since a page shows it as a <c>time</c> element.</summary>
    private const string Instant = "{at}";

    /// <summary>The sentence in plain text; null when the code has none with these values.</summary>
    public string? Text(string code) =>
        Sentence(code)?.Replace(Instant, At is { } at ? Show.Utc(at) : "", StringComparison.Ordinal);

    /// <summary>The sentence for pages; null when the code has none with these values.</summary>
    public IHtmlContent? Html(string code)
    {
        if (Sentence(code)?.Split(Instant) is not [var first, .. var rest])
            return null;
        var html = new HtmlContentBuilder().Append(first);
        foreach (var part in rest)
            html.AppendHtml(Show.Time(At)).Append(part);
        return html;
    }

    /// <summary>The values as query parameters for the address of a page; those that are null are left out.</summary>
    public IEnumerable<KeyValuePair<string, string?>> ToQuery() =>
        Values()
            .Where(v => v.Value is not null)
            .Select(v => KeyValuePair.Create(Prefix + v.Name, v.Value?.ToString(CultureInfo.InvariantCulture)));

    /// <summary>
    /// Reads what <see cref="ToQuery"/> wrote; anything that is no integer in range counts as absent.
    /// </summary>
    public static RefusalFigures Read(IQueryCollection query)
    {
        long? Number(string name, long least, long most) =>
            long.TryParse(query[Prefix + name], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var n)
            && n >= least
            && n <= most
                ? n
                : null;
        long? Amount(string name) => Number(name, 0, Bound);
        var at = Number("at", 0, Instants.ToMicros(DateTimeOffset.MaxValue));
        return new(
            Amount("price"),
            Number("balance", -Bound, Bound),
            Amount("least"),
            Amount("most"),
            at is { } micros ? Instants.FromMicros(micros) : null,
            Number("has", 0, long.MaxValue),
            Number("needs", 0, long.MaxValue)
        );
    }

    private (string Name, long? Value)[] Values() =>
        [
            ("price", Price),
            ("balance", Balance),
            ("least", Least),
            ("most", Most),
            ("at", At is { } at ? Instants.ToMicros(at) : null),
            ("has", Has),
            ("needs", Needs),
        ];

    private string? Sentence(string code) =>
        (code, this) switch
        {
            ("credit.insufficient", { Price: { } price, Balance: { } balance and >= 0 }) when price > balance =>
                $"It costs {Money.ShowExact(price)}, your credit is {Money.ShowExact(balance)}: "
                    + $"{Money.ShowExact(Money.RoundUp(price - balance))} is missing. Nothing was charged.",
            ("credit.owed", { Balance: { } balance and < 0 }) =>
                $"Your account owes {Money.ShowExact(-balance)}. Add credit to settle it first. Nothing was charged.",
            ("topup.amount", { Least: { } least, Most: { } most }) =>
                $"Choose an amount from {Money.Show(least)} to {Money.Show(most)}.",
            ("allocate.too_often", { At: not null }) =>
                $"The next machine can be started at {Instant}. Machines you hold keep running.",
            ("replace.too_often", { At: not null }) =>
                $"The next machine can be replaced at {Instant}. Before that, contact support.",
            ("identity.too_new", { At: not null }) => $"You can unlink it after {Instant}. Nothing was changed.",
            ("pool_vm.stale_lease", { Has: { } has, Needs: { } named }) =>
                $"The machine is at lease {has}; the message speaks of lease {named}. Nothing was changed.",
            ("pool_vm.unproven", { Has: { } has, Needs: { } needed }) =>
                $"{has} good probes in a row; {needed} are needed. Nothing was changed.",
            _ => null,
        };
}
