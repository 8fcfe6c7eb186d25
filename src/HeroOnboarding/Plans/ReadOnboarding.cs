using System.Data.Common;
using HeroOnboarding.Accounts;
using HeroOnboarding.Credit;
using HeroOnboarding.Kyc;
using HeroOnboarding.Store;
using HeroOnboarding.Vms;

namespace HeroOnboarding.Plans;

/// <summary>The state of a customer between choosing a plan and opening a cockpit.</summary>
/// <param name="Intent">The newest chosen plan, in any state.</param>
/// <param name="Plan">The chosen plan as it is in the catalogue; null when nothing is chosen or the
/// plan was removed.</param>
/// <param name="Purchase">The purchase in the state active, even if its period is over.</param>
/// <param name="RecentHandOuts">Under that purchase, within <see cref="Eligibility.Window"/>.</param>
/// <param name="Machine">The newest machine held under it.</param>
/// <param name="Check">The newest identity check.</param>
/// <param name="Payment">The newest top-up.</param>
/// <param name="ToPay">Micro-dollars, in whole cents, of the next payment; 0 when nothing is missing.</param>
public sealed record OnboardingProgress(
    Account Account,
    PurchaseIntent? Intent,
    PlanConfig? Plan,
    Purchase? Purchase,
    int RecentHandOuts,
    VmAllocation? Machine,
    KycSession? Check,
    PaymentIntent? Payment,
    long ToPay,
    int Free,
    DateTimeOffset Now
)
{
    /// <summary>How long after the missing part was added the purchase counts as about to run.</summary>
    private static readonly TimeSpan Moment = TimeSpan.FromSeconds(30);

    /// <summary>The active plan; null for none and for an expired one.</summary>
    public Purchase? Active => Purchase is { } purchase && !Instants.Expired(purchase.PeriodEnd, Now) ? purchase : null;

    public bool IsVerified => Account.KycStatus == KycStatus.Completed;

    /// <summary>True when a plan is chosen and not bought yet.</summary>
    public bool IsOpen =>
        Active is null
        && Plan is not null
        && Intent is { State: PurchaseIntentState.Waiting or PurchaseIntentState.Refused };

    /// <summary>True while the steps are shown on other pages: until the purchase, and for an hour after it.</summary>
    public bool IsFresh =>
        IsOpen
        || (
            Active is not null
            && Intent is { State: PurchaseIntentState.Done, DecidedAt: { } done }
            && Now - done < TimeSpan.FromHours(1)
        );

    /// <summary>True when the purchase was tried with nothing missing, and refused; nothing was charged.</summary>
    public bool WasRefused => IsOpen && Intent!.State == PurchaseIntentState.Refused;

    /// <summary>
    /// True when the catalogue differs from the choice, so that nothing starts before the customer confirms.
    /// </summary>
    public bool MustChooseAgain =>
        IsOpen && (Intent!.Price != Plan!.Price || Intent.RefusedCode is "plan.changed" or "terms.required");

    /// <summary>A checkout that can still be paid, or whose payment is being processed.</summary>
    public PaymentIntent? Paying =>
        Payment is { State: PaymentState.Checking } or { State: PaymentState.Open, Url: not null }
        && !(Payment.State == PaymentState.Open && Payment.ExpiresAt < Now)
            ? Payment
            : null;

    /// <summary>True when nothing is missing and the automatic purchase is about to run.</summary>
    public bool IsCompleting =>
        IsOpen
        && !WasRefused
        && IsVerified
        && ToPay == 0
        && (
            Payment is { State: PaymentState.Credited, SettledAt: { } paid } && Now - paid < Moment
            || Check is { DecidedAt: { } decided } && Now - decided < Moment
        );

    /// <summary>True when the state can change without the customer, so that the page polls.</summary>
    public bool Moves =>
        IsOpen
            ? Account.KycStatus == KycStatus.InProgress || Paying is not null || IsCompleting
            : Machine is { Status: AllocationStatus.Pending };

    /// <summary>Identifies the content of the card, so that polling does not replace an unchanged one.</summary>
    public string Version =>
        string.Join(
            '.',
            Account.KycStatus,
            Intent?.State,
            Check?.State,
            Payment?.Sid,
            Payment?.State,
            Payment?.ReturnedAt is not null,
            ToPay,
            IsCompleting,
            Machine?.Sid,
            Machine?.Status,
            Free > 0
        );
}

/// <summary>
/// Reads the onboarding state by one statement, for the start page, the dashboard and the pages that
/// customers return to.
/// </summary>
public sealed class ReadOnboarding(
    Database database,
    Catalogue catalogue,
    Supply supply,
    TopUpOptions topUps,
    TimeProvider clock
)
{
    private readonly string sql = Sql(database, supply);

    public async Task<OnboardingProgress> RunAsync(string accountSid, CancellationToken cancel = default)
    {
        cancel.ThrowIfCancellationRequested();
        var now = clock.Now();
        return await database.ReadAsync(
                sql,
                r => Read(r, now),
                accountSid,
                Instants.ToMicros(supply.ProvenSince(now)),
                Instants.ToMicros(now - Eligibility.Window)
            ) ?? throw new InvalidOperationException("Somebody is signed in without an account.");
    }

    /// <summary>
    /// One statement, so that it sees a concurrent purchase completely or not at all. The newest row has
    /// the largest sid.
    /// </summary>
    private static string Sql(Database database, Supply supply)
    {
        return $"""
            SELECT {supply.CountSql},
              (SELECT count(*) FROM vm_allocations WHERE purchase_sid = p.sid AND created_at > $3),
              {RowMapper<Account>.In(database).ColumnsOf("a")}, {RowMapper<Purchase>.In(database).ColumnsOf(
                "p"
            )}, {RowMapper<PurchaseIntent>.In(database).ColumnsOf("i")},
              {RowMapper<VmAllocation>.In(database).ColumnsOf("v")}, {RowMapper<KycSession>.In(database).ColumnsOf(
                "k"
            )}, {RowMapper<PaymentIntent>.In(database).ColumnsOf("y")}
            FROM accounts a
            LEFT JOIN purchases p ON p.account_sid = a.sid AND p.state = 'active'
            LEFT JOIN purchase_intents i ON i.sid = (SELECT max(sid) FROM purchase_intents WHERE account_sid = a.sid)
            LEFT JOIN vm_allocations v ON v.sid = (SELECT max(sid) FROM vm_allocations
              WHERE user_sid = a.sid AND purchase_sid = p.sid AND {Lease.Live})
            LEFT JOIN kyc_sessions k ON k.sid = (SELECT max(sid) FROM kyc_sessions WHERE account_sid = a.sid)
            LEFT JOIN payment_intents y ON y.sid = (SELECT max(sid) FROM payment_intents WHERE account_sid = a.sid)
            WHERE a.sid = $1
            """;
    }

    private OnboardingProgress Read(DbDataReader reader, DateTimeOffset now)
    {
        var at = 2;
        T? Next<T>()
            where T : class
        {
            var shape = RowMapper<T>.In(database);
            var row = shape.ReadFrom(reader, at);
            at += shape.Count;
            return row;
        }
        var (account, purchase, intent, machine, check, payment) = (
            Next<Account>()!,
            Next<Purchase>(),
            Next<PurchaseIntent>(),
            Next<VmAllocation>(),
            Next<KycSession>(),
            Next<PaymentIntent>()
        );
        if (intent is { State: PurchaseIntentState.Waiting } && Instants.Expired(intent.ExpiresAt, now))
            intent = null;
        var journey = new OnboardingProgress(
            account,
            intent,
            catalogue.Find(intent?.PlanId),
            purchase,
            (int)reader.GetInt64(1),
            machine,
            check,
            payment,
            0,
            (int)reader.GetInt64(0),
            now
        );
        return journey with { ToPay = ToPay(journey), Machine = journey.Active is null ? null : machine };
    }

    /// <summary>The missing amount, within the limits of one payment.</summary>
    private long ToPay(OnboardingProgress journey)
    {
        if (journey.Plan is not { } plan || journey.Active is not null || journey.Account.Balance >= plan.Price)
            return 0;
        return Money.FromCents(
            Math.Clamp(Money.CentsUp(plan.Price - journey.Account.Balance), topUps.MinCents, topUps.MaxCents)
        );
    }
}
