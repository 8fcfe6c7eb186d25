using HeroOnboarding.Credit;
using HeroOnboarding.Store;

namespace HeroOnboarding.Admin.Payments;

/// <summary>A payment in suspense.</summary>
/// <param name="AmountMinor">In the currency's smallest unit, as the provider reported it.</param>
/// <param name="BookedCents">US cents in the ledger account <c>suspense</c>; 0 where nothing was booked.</param>
public sealed record SuspenseRow(
    string Sid,
    string Provider,
    string CheckoutId,
    string? PaymentId,
    string? PaymentSid,
    long AmountMinor,
    string Currency,
    bool Live,
    long BookedCents,
    string Why,
    SuspenseState State,
    DateTimeOffset CreatedAt,
    DateTimeOffset? ResolvedAt,
    string? ResolvedBy,
    string? ResolvedNote,
    string? UserSid
)
{
    public static SuspenseRow Of(SuspenseItem s) =>
        new(
            s.Sid,
            s.Provider,
            s.CheckoutId,
            s.PaymentId,
            s.IntentSid,
            s.AmountMinor,
            s.Currency,
            s.Live,
            Money.Cents(s.Booked),
            s.Why,
            s.State,
            s.CreatedAt,
            s.ResolvedAt,
            s.ResolvedBy,
            s.ResolvedNote,
            s.AccountSid
        );

    /// <summary>"12.34 USD". Not every currency has two decimals, so others are shown in their smallest unit.</summary>
    public string Amount =>
        Currency == StartTopUp.Currency
            ? Money.Show(Money.FromCents(Math.Clamp(AmountMinor, 0, 100_000_000_000)))
            : $"{AmountMinor:N0} {Currency.ToUpperInvariant()} (smallest unit)";
}

/// <summary>Payments in suspense, open and decided.</summary>
internal static class SuspenseList
{
    public static readonly ListOf<SuspenseRow> List = new(
        "/admin/suspense",
        [("created", nameof(SuspenseItem.Sid))],
        new Dictionary<string, string[]?> { ["state"] = [.. Enum.GetValues<SuspenseState>().Select(Names.Of)] },
        FindAsync
    )
    {
        IsOfCustomers = true,
    };

    private static async Task<Outcome<PageOf<SuspenseRow>>> FindAsync(
        OnboardingDb db,
        ListQuery asked,
        CancellationToken cancel
    )
    {
        var page = await Keyset.PageAsync<SuspenseItem>(
            db,
            asked.Order,
            asked.After,
            asked.Size,
            rows => Narrow(rows, asked),
            cancel
        );
        return page.IsRefused ? page.Refusal : page.Value.As(SuspenseRow.Of);
    }

    private static IQueryable<SuspenseItem> Narrow(IQueryable<SuspenseItem> rows, ListQuery asked)
    {
        if (asked.Filter("state") is { } name)
        {
            var state = Names.Parse<SuspenseState>(name);
            rows = rows.Where(s => s.State == state);
        }
        if (asked.Q is not { } q)
            return rows;
        var sid = q.ToUpperInvariant();
        return rows.Where(s =>
            s.CheckoutId == q
            || s.PaymentId == q
            || s.EventId == q
            || s.Sid == sid
            || s.IntentSid == sid
            || s.AccountSid == sid
        );
    }
}
