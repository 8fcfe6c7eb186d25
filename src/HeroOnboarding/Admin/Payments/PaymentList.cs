using HeroOnboarding.Accounts;
using HeroOnboarding.Admin.Leases;
using HeroOnboarding.Credit;
using HeroOnboarding.Store;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Admin.Payments;

/// <summary>A top-up.</summary>
public sealed record PaymentRow(
    string Sid,
    string UserSid,
    string? UserLogin,
    string Provider,
    long AmountCents,
    string Currency,
    bool Live,
    PaymentState State,
    string? Reason,
    string? CheckoutId,
    string? PaymentId,
    DateTimeOffset CreatedAt,
    DateTimeOffset? ExpiresAt,
    DateTimeOffset? ReturnedAt,
    DateTimeOffset? SettledAt
)
{
    public static PaymentRow Of(PaymentIntent p, string? login) =>
        new(
            p.Sid,
            p.AccountSid,
            login,
            p.Provider,
            Money.Cents(p.Amount),
            p.Currency,
            p.Live,
            p.State,
            p.Reason,
            p.CheckoutId,
            p.PaymentId,
            p.CreatedAt,
            p.ExpiresAt,
            p.ReturnedAt,
            p.SettledAt
        );
}

/// <summary>All top-ups.</summary>
internal static class PaymentList
{
    public static readonly ListOf<PaymentRow> List = new(
        "/admin/payments",
        [("created", nameof(PaymentIntent.Sid))],
        new Dictionary<string, string[]?> { ["state"] = [.. Enum.GetValues<PaymentState>().Select(Names.Of)] },
        FindAsync
    )
    {
        IsOfCustomers = true,
    };

    private static async Task<Outcome<PageOf<PaymentRow>>> FindAsync(
        OnboardingDb db,
        ListQuery asked,
        CancellationToken cancel
    )
    {
        var page = await Keyset.PageAsync<PaymentIntent>(
            db,
            asked.Order,
            asked.After,
            asked.Size,
            rows => Narrow(db, rows, asked),
            cancel
        );
        if (page.IsRefused)
            return page.Refusal;
        var logins = await AllocationList.LoginsAsync(db, page.Value.Rows.Select(p => p.AccountSid), cancel);
        return page.Value.As(p => PaymentRow.Of(p, logins.GetValueOrDefault(p.AccountSid)));
    }

    /// <summary>Searches a whole sid by equality; any other text as a provider's id, or within a login.</summary>
    private static IQueryable<PaymentIntent> Narrow(OnboardingDb db, IQueryable<PaymentIntent> rows, ListQuery asked)
    {
        if (asked.Filter("state") is { } name)
        {
            var state = Names.Parse<PaymentState>(name);
            rows = rows.Where(p => p.State == state);
        }
        if (asked.Q is not { } q)
            return rows;
        var (sid, like) = (q.ToUpperInvariant(), asked.Pattern);
        return Names.IsSid(q)
            ? rows.Where(p => p.Sid == sid || p.AccountSid == sid)
            : rows.Where(p =>
                p.CheckoutId == q
                || p.PaymentId == q
                || EF.Functions.Like(p.Sid.ToLower(), like, ListQuery.Escape)
                || db.Set<Account>()
                    .Any(u =>
                        u.Sid == p.AccountSid && EF.Functions.Like(u.ForgeLogin!.ToLower(), like, ListQuery.Escape)
                    )
            );
    }
}
