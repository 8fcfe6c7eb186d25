using HeroOnboarding.Accounts;
using HeroOnboarding.Store;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Credit;

/// <summary>The provider's event that reported a checkout.</summary>
public sealed record ProviderEvent(string EventId, string Type);

/// <summary>The result of a report.</summary>
/// <param name="Outcome">As in <see cref="PaymentEvent.Outcome"/>.</param>
public sealed record Settled(string Outcome, string? PaymentSid);

/// <summary>
/// Settles a payment: the only way in which a provider's money becomes credit, by event or by query. A report must
/// match its intent in checkout, reference, amount, currency and mode; a paid one that does not is put into suspense
/// and no customer is credited. Repetitions and any order of reports have the same result.
/// </summary>
public sealed class SettlePayment(
    UnitOfWorkRunner writer,
    Database database,
    IEnumerable<IPayments> providers,
    QueueWaiting queueWaiting
)
{
    /// <summary>Ten million dollars in cents: a larger amount is not booked automatically.</summary>
    private const long MostMinor = 1_000_000_000;

    /// <summary>The reference of a checkout in the ledger; unique per kind of transfer.</summary>
    public static string Reference(string provider, string checkoutId) => provider + ":" + checkoutId;

    /// <param name="fact">Verified: the report is the provider's.</param>
    /// <param name="received">The event that carried it; null when the portal asked the provider.</param>
    public async Task<Settled> RunAsync(
        CheckoutReport fact,
        ProviderEvent? received,
        CancellationToken cancel = default
    )
    {
        if (received is not null && await IsKnownAsync(fact.Provider, received.EventId, cancel))
            return new("repeated", null);
        return (
            await writer.RunAsync<Settled>(
                "payment.settle",
                Actor.System(fact.Provider),
                async unit => await InUnitAsync(unit, fact, received),
                cancel
            )
        ).Value;
    }

    /// <param name="because">Why it was not paid, where the portal knows it and the provider does not.</param>
    internal async Task<Settled> InUnitAsync(
        Unit unit,
        CheckoutReport fact,
        ProviderEvent? received,
        string? because = null
    )
    {
        var intent = await FindAsync(unit, fact);
        var why = await WhyNotAsync(unit, fact, intent);
        var outcome =
            why is null ? await MoveAsync(unit, fact, intent!, because)
            : fact.State == CheckoutState.Paid ? await PutIntoSuspenseAsync(unit, fact, received, intent, why)
            : "ignored";
        if (received is not null)
            await unit.Db.Database.ExecuteSqlRawAsync(
                """
                INSERT INTO payment_events (sid, provider, external_id, type, checkout_id, intent_sid, outcome,
                  received_at)
                VALUES ({0}, {1}, {2}, {3}, {4}, NULLIF({5}, ''), {6}, {7})
                ON CONFLICT (provider, external_id) DO NOTHING
                """,
                unit.NewSid(),
                fact.Provider,
                received.EventId,
                received.Type,
                fact.CheckoutId,
                intent?.Sid ?? "",
                outcome,
                Instants.ToMicros(unit.Now)
            );
        unit.Note(
            intent?.AccountSid,
            new
            {
                payment = intent?.Sid,
                checkout = fact.CheckoutId,
                said = fact.State,
                outcome,
                heard = received?.EventId,
            }
        );
        return new(outcome, intent?.Sid);
    }

    private async Task<bool> IsKnownAsync(string provider, string eventId, CancellationToken cancel)
    {
        await using var db = database.Read();
        return await db.PaymentEvents.AnyAsync(e => e.Provider == provider && e.ExternalId == eventId, cancel);
    }

    /// <summary>
    /// Finds the intent by checkout, otherwise by the reference in the report. The account is locked before the intent
    /// is read again.
    /// </summary>
    private static async Task<PaymentIntent?> FindAsync(Unit unit, CheckoutReport fact)
    {
        var intents = unit.Db.PaymentIntents.AsNoTracking().Where(p => p.Provider == fact.Provider);
        var found = await intents
            .Where(p => p.CheckoutId == fact.CheckoutId)
            .Select(p => new { p.Sid, p.AccountSid })
            .SingleOrDefaultAsync();
        if (found is null && fact.IntentSid is { } sid)
            found = await intents
                .Where(p => p.Sid == sid)
                .Select(p => new { p.Sid, p.AccountSid })
                .SingleOrDefaultAsync();
        if (found is null)
            return null;
        await unit.LockAccountAsync(found.AccountSid);
        return await intents.SingleAsync(p => p.Sid == found.Sid);
    }

    private bool IsOurMode(CheckoutReport fact) => providers.Any(p => p.Name == fact.Provider && p.IsLive == fact.Live);

    /// <summary>
    /// What does not match, as sentences for an operator; null when the report may change the intent.
    /// </summary>
    private async Task<string?> WhyNotAsync(Unit unit, CheckoutReport fact, PaymentIntent? intent)
    {
        if (intent is null)
            return "No payment of ours has this checkout or reference.";
        var wrong = new List<string>();
        if (intent.CheckoutId is not null && intent.CheckoutId != fact.CheckoutId)
            wrong.Add("The payment it names has another checkout.");
        if (fact.IntentSid is not null && fact.IntentSid != intent.Sid)
            wrong.Add("The checkout is ours but names another reference.");
        if (fact.Live != intent.Live)
            wrong.Add(
                fact.Live
                    ? "It speaks of live money, the payment was a test."
                    : "It speaks of test money, the payment was live."
            );
        if (!IsOurMode(fact))
            wrong.Add("Our keys are of another mode now.");
        if (fact.Currency != intent.Currency)
            wrong.Add($"The currency is not {intent.Currency}.");
        if (fact.AmountMinor != Money.Cents(intent.Amount))
            wrong.Add($"The amount is not the {Money.Show(intent.Amount)} that were asked for.");
        if (
            wrong.Count == 0
            && fact.State == CheckoutState.Paid
            && await unit.Db.Suspense.AnyAsync(s => s.Provider == fact.Provider && s.CheckoutId == fact.CheckoutId)
        )
            wrong.Add("It was put aside before.");
        return wrong.Count == 0 ? null : string.Join(' ', wrong);
    }

    private async Task<string> MoveAsync(Unit unit, CheckoutReport fact, PaymentIntent intent, string? because)
    {
        // The WHERE repeats the checks, so that it is sufficient alone.
        var row = unit.Db.PaymentIntents.Where(p =>
            p.Sid == intent.Sid
            && p.Amount == intent.Amount
            && (p.CheckoutId == null || p.CheckoutId == fact.CheckoutId)
        );
        return fact.State switch
        {
            CheckoutState.Paid => await CreditAsync(unit, fact, intent, row),
            CheckoutState.Checking => await CheckingAsync(fact, row),
            CheckoutState.Failed or CheckoutState.Expired => await NotPaidAsync(unit, fact, row, because),
            _ => "ignored",
        };
    }

    private async Task<string> CreditAsync(
        Unit unit,
        CheckoutReport fact,
        PaymentIntent intent,
        IQueryable<PaymentIntent> row
    )
    {
        DateTimeOffset? now = unit.Now;
        var credited = await row.Where(p => p.State != PaymentState.Credited)
            .ExecuteUpdateAsync(set =>
                set.SetProperty(p => p.State, PaymentState.Credited)
                    .SetProperty(p => p.CheckoutId, fact.CheckoutId)
                    .SetProperty(p => p.PaymentId, fact.PaymentId)
                    .SetProperty(p => p.SettledAt, now)
                    .SetProperty(p => p.Url, (string?)null)
                    .SetProperty(p => p.Reason, (string?)null)
            );
        if (credited == 0)
            return "repeated";
        var reference = Reference(fact.Provider, fact.CheckoutId);
        if (
            !await Ledger.CreditAsync(
                unit,
                intent.AccountSid,
                fact.Provider,
                intent.Amount,
                TransferKind.TopUp,
                reference
            )
        )
            throw new InvalidOperationException("A payment without its account.");
        await queueWaiting(unit, intent.AccountSid);
        return "credited";
    }

    private static async Task<string> CheckingAsync(CheckoutReport fact, IQueryable<PaymentIntent> row)
    {
        var changed = await row.Where(p => p.State == PaymentState.Open)
            .ExecuteUpdateAsync(set =>
                set.SetProperty(p => p.State, PaymentState.Checking)
                    .SetProperty(p => p.CheckoutId, fact.CheckoutId)
                    .SetProperty(p => p.PaymentId, fact.PaymentId)
                    .SetProperty(p => p.Url, (string?)null)
            );
        return changed == 1 ? "checking" : "repeated";
    }

    private static async Task<string> NotPaidAsync(
        Unit unit,
        CheckoutReport fact,
        IQueryable<PaymentIntent> row,
        string? because
    )
    {
        DateTimeOffset? now = unit.Now;
        var reason = because ?? (fact.State == CheckoutState.Failed ? "failed" : "expired");
        var changed = await row.Where(p => p.State == PaymentState.Open || p.State == PaymentState.Checking)
            .ExecuteUpdateAsync(set =>
                set.SetProperty(p => p.State, PaymentState.NotPaid)
                    .SetProperty(p => p.CheckoutId, fact.CheckoutId)
                    .SetProperty(p => p.Reason, reason)
                    .SetProperty(p => p.SettledAt, now)
                    .SetProperty(p => p.Url, (string?)null)
            );
        return changed == 1 ? "not_paid" : "repeated";
    }

    /// <summary>
    /// Puts a payment into suspense, once per checkout. US dollars of the portal's mode are booked from the
    /// provider to <c>suspense</c>.
    /// </summary>
    private async Task<string> PutIntoSuspenseAsync(
        Unit unit,
        CheckoutReport fact,
        ProviderEvent? received,
        PaymentIntent? intent,
        string why
    )
    {
        var mine = intent?.CheckoutId == fact.CheckoutId;
        var before = mine && intent!.State == PaymentState.Credited;
        var ours = IsOurMode(fact) && fact.Currency == StartTopUp.Currency && fact.AmountMinor is > 0 and <= MostMinor;
        var booked = ours && !before ? Money.FromCents(fact.AmountMinor) : 0;
        var queued = await unit.Db.Database.ExecuteSqlRawAsync(
            """
            INSERT INTO suspense_items (sid, provider, event_id, checkout_id, payment_id, intent_sid, amount_minor,
              currency, live, booked, why, state, created_at)
            VALUES ({0}, {1}, {2}, {3}, NULLIF({4}, ''), NULLIF({5}, ''), {6}, {7}, {8}, {9}, {10}, 'open', {11})
            ON CONFLICT (provider, checkout_id) DO NOTHING
            """,
            unit.NewSid(),
            fact.Provider,
            received?.EventId ?? "-",
            fact.CheckoutId,
            fact.PaymentId ?? "",
            intent?.Sid ?? fact.IntentSid ?? "",
            fact.AmountMinor,
            fact.Currency,
            fact.Live,
            booked,
            before ? why + " It was credited before." : why,
            Instants.ToMicros(unit.Now)
        );
        if (queued == 0)
            return "suspense";
        var reference = Reference(fact.Provider, fact.CheckoutId);
        if (booked > 0)
            Ledger.Move(unit, fact.Provider, Ledger.Suspense, booked, TransferKind.SuspenseIn, reference);
        // The customer has paid: the page must neither ask for the payment nor offer a second one.
        if (mine)
            await unit
                .Db.PaymentIntents.Where(p => p.Sid == intent!.Sid && p.State == PaymentState.Open)
                .ExecuteUpdateAsync(set =>
                    set.SetProperty(p => p.State, PaymentState.Checking).SetProperty(p => p.Url, (string?)null)
                );
        return "suspense";
    }
}
