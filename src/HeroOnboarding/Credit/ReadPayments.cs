using HeroOnboarding.Accounts;
using HeroOnboarding.Store;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Credit;

/// <summary>Reads a customer's top-ups, newest first.</summary>
public sealed class ReadPayments(Database database, IEnumerable<IPayments> providers, TimeProvider clock)
{
    public const int Most = 10;

    public async Task<IReadOnlyList<PaymentView>> RecentAsync(string accountSid, CancellationToken cancel = default)
    {
        await using var db = database.Read();
        var rows = await db
            .PaymentIntents.Where(p => p.AccountSid == accountSid)
            .OrderByDescending(p => p.Sid)
            .Take(Most)
            .ToListAsync(cancel);
        var canPay = await CanPayAsync(db, accountSid, cancel);
        return [.. rows.Select(p => new PaymentView(p, clock.Now(), canPay && Has(p)))];
    }

    /// <param name="checkoutId">The provider's id, from the address that its page redirected to.</param>
    /// <param name="sid">Or the sid of the payment.</param>
    /// <returns>Null for an unknown payment and for another customer's.</returns>
    public async Task<PaymentView?> FindAsync(
        string accountSid,
        string? checkoutId,
        string? sid,
        CancellationToken cancel = default
    )
    {
        await using var db = database.Read();
        var wanted = Names.IsSid(sid) ? sid!.ToUpperInvariant() : null;
        var mine = db.PaymentIntents.Where(p => p.AccountSid == accountSid);
        var found =
            wanted is not null ? await mine.SingleOrDefaultAsync(p => p.Sid == wanted, cancel)
            : ProviderId.IsWellFormed(checkoutId)
                ? await mine.FirstOrDefaultAsync(p => p.CheckoutId == checkoutId, cancel)
            : null;
        return found is null ? null : new(found, clock.Now(), await CanPayAsync(db, accountSid, cancel) && Has(found));
    }

    private bool Has(PaymentIntent payment) =>
        providers.Any(p => p.Name == payment.Provider && p.IsLive == payment.Live);

    private static async Task<bool> CanPayAsync(OnboardingDb db, string accountSid, CancellationToken cancel) =>
        AccountGate.Check(await db.Accounts.SingleAsync(a => a.Sid == accountSid, cancel)) is null;
}
