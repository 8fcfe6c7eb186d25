using HeroOnboarding.Accounts;
using HeroOnboarding.Credit;
using HeroOnboarding.Kyc;
using HeroOnboarding.Pool;
using HeroOnboarding.Store;
using HeroOnboarding.Vms;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Plans;

/// <summary>Where somebody stands on the way from a chosen plan to an open cockpit.</summary>
/// <param name="Intent">The newest wish to buy, whatever became of it.</param>
/// <param name="Plan">The chosen plan as it is on sale now; null when nothing is chosen or it is gone.</param>
/// <param name="Active">The plan that runs.</param>
/// <param name="Machine">The newest machine held under it.</param>
/// <param name="Check">The newest identity check.</param>
/// <param name="Payment">The newest top-up.</param>
/// <param name="ToPay">Micro-dollars in whole cents that the next payment should bring; 0 when nothing is missing.</param>
public sealed record Journey(
    Account Account, PurchaseIntent? Intent, PlanConfig? Plan, Purchase? Active, VmAllocation? Machine, KycSession? Check, PaymentIntent? Payment, long ToPay, int Free, DateTimeOffset Now)
{
    /// <summary>Between the commit that brought what was missing and the purchase that follows it.</summary>
    private static readonly TimeSpan Moment = TimeSpan.FromSeconds(30);

    public bool IsVerified => Account.KycStatus == KycStatus.Completed;

    /// <summary>Something is chosen and not bought yet.</summary>
    public bool IsOpen => Active is null && Plan is not null && Intent is { State: PurchaseIntentState.Waiting or PurchaseIntentState.Refused };

    /// <summary>On the way, or just arrived: worth showing on the pages people come back to.</summary>
    public bool IsFresh => IsOpen || (Active is not null && Intent is { State: PurchaseIntentState.Done, DecidedAt: { } done } && Now - done < TimeSpan.FromHours(1));

    /// <summary>The plan was tried when everything was there, and refused; nothing was charged.</summary>
    public bool WasRefused => IsOpen && Intent!.State == PurchaseIntentState.Refused;

    /// <summary>A checkout that can still be paid or is on its way.</summary>
    public PaymentIntent? Paying => Payment is { State: PaymentState.Checking } or { State: PaymentState.Open, Url: not null } && !(Payment.State == PaymentState.Open && Payment.ExpiresAt < Now) ? Payment : null;

    /// <summary>Everything is there and the purchase is being made by itself at this moment.</summary>
    public bool IsCompleting => IsOpen && !WasRefused && IsVerified && ToPay == 0
        && (Payment is { State: PaymentState.Credited, SettledAt: { } paid } && Now - paid < Moment || Check is { DecidedAt: { } decided } && Now - decided < Moment);

    /// <summary>Something happens without the person, so the page looks again by itself.</summary>
    public bool Moves => IsOpen ? Account.KycStatus == KycStatus.InProgress || Paying is not null || IsCompleting : Machine is { Status: AllocationStatus.Pending };

    /// <summary>What stands on the card, so that an unchanged one is left alone.</summary>
    public string Version => string.Join('.', Account.KycStatus, Intent?.State, Check?.State, Payment?.Sid, Payment?.State, Payment?.ReturnedAt is not null, ToPay, IsCompleting, Machine?.Sid, Machine?.Status, Free > 0);
}

/// <summary>Reads where a customer stands; one look for the journey page, the dashboard and the pages people come back to.</summary>
public sealed class ReadJourney(Database database, Catalogue catalogue, Settings settings, TimeProvider clock)
{
    public async Task<Journey> RunAsync(string accountSid, CancellationToken cancel = default)
    {
        var journey = await ReadAsync(accountSid, cancel);
        // Several statements, each of its own moment: the wish still waiting and the plan already there means that it was bought in between.
        return journey is { Active: not null, Intent.State: PurchaseIntentState.Waiting } ? await ReadAsync(accountSid, cancel) : journey;
    }

    /// <summary>The wish before the plan: a purchase in between then shows as both, never as neither.</summary>
    private async Task<Journey> ReadAsync(string accountSid, CancellationToken cancel)
    {
        var now = clock.Now();
        await using var db = database.Read();
        var account = await db.Accounts.SingleAsync(a => a.Sid == accountSid, cancel);
        var intent = await db.PurchaseIntents.Where(i => i.AccountSid == accountSid).OrderByDescending(i => i.Sid).FirstOrDefaultAsync(cancel);
        if (intent is { State: PurchaseIntentState.Waiting } && Instants.Expired(intent.ExpiresAt, now))
            intent = null;
        var active = await db.Purchases.SingleOrDefaultAsync(p => p.AccountSid == accountSid && p.State == PurchaseState.Active && p.PeriodEnd >= now, cancel);
        var machine = active is null ? null : await db.VmAllocations
            .Where(a => a.UserSid == accountSid && a.PurchaseSid == active.Sid).WhereLive().OrderByDescending(a => a.Sid).FirstOrDefaultAsync(cancel);
        var check = await db.KycSessions.Where(s => s.AccountSid == accountSid).OrderByDescending(s => s.Sid).FirstOrDefaultAsync(cancel);
        var payment = await db.PaymentIntents.Where(p => p.AccountSid == accountSid).OrderByDescending(p => p.Sid).FirstOrDefaultAsync(cancel);
        var free = await db.PoolVms.CountFreeAsync(settings.ProvenSince(now), cancel);
        var plan = catalogue.Find(intent?.PlanId);
        return new(account, intent, plan, active, machine, check, payment, ToPay(account, plan, active), free, now);
    }

    /// <summary>Exactly what is missing, within what one payment may bring.</summary>
    private long ToPay(Account account, PlanConfig? plan, Purchase? active)
    {
        if (plan is null || active is not null || account.Balance >= plan.Price)
            return 0;
        return Money.FromCents(Math.Clamp(Money.CentsUp(plan.Price - account.Balance), settings.TopUpMinCents, settings.TopUpMaxCents));
    }
}
