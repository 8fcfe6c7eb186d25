using HeroOnboarding.Accounts;
using HeroOnboarding.Store;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Credit;

/// <summary>A top-up.</summary>
/// <param name="Url">The provider's page; absent when it cannot be used.</param>
public sealed record TopUpAnswer(
    string Sid,
    string? Url,
    long AmountCents,
    PaymentState State,
    DateTimeOffset? ExpiresAt
)
{
    public static TopUpAnswer Of(PaymentIntent intent) =>
        new(
            intent.Sid,
            intent.State == PaymentState.Open ? intent.Url : null,
            Money.Cents(intent.Amount),
            intent.State,
            intent.ExpiresAt
        );
}

/// <summary>
/// Starts a top-up: the intent is committed, then the provider is called with the intent's sid as idempotency key, then
/// the checkout's address is committed. After a failure in between, another request continues the same intent.
/// </summary>
public sealed class StartTopUp(
    UnitOfWorkRunner writer,
    Database database,
    IEnumerable<IPayments> providers,
    TopUpOptions topUps,
    TimeProvider clock,
    ILogger<StartTopUp> log
)
{
    public const int MostOpen = 5;
    public const string Currency = "usd";

    /// <summary>
    /// An intent without a checkout that is younger than this is continued by a request for the same amount; an older
    /// one counts as never opened.
    /// </summary>
    internal static readonly TimeSpan Continued = TimeSpan.FromHours(1);

    /// <summary>
    /// After this time the provider is not called again, even with the same idempotency key: the checkout
    /// would expire immediately.
    /// </summary>
    internal static readonly TimeSpan Askable = TimeSpan.FromHours(22);

    private sealed record Opened(string Sid);

    /// <summary>Checks in this order: suspended, KYC, provider on, amount, open checkouts.</summary>
    /// <param name="provider">The name of an <see cref="IPayments"/>; null for the only one.</param>
    public async Task<Outcome<Answered<TopUpAnswer>>> RunAsync(
        Actor actor,
        string accountSid,
        long? amountCents,
        string? provider,
        IdempotencyKey? key = null,
        CancellationToken cancel = default
    )
    {
        var payments = providers.FirstOrDefault(p => provider is null || p.Name == provider);
        await using (var db = database.Read())
            if (Check(await db.Accounts.SingleAsync(a => a.Sid == accountSid, cancel), payments, amountCents) is { } no)
                return no;
        var opened = await writer.RunOnceAsync<Opened>(
            "payment.intent",
            actor,
            key,
            unit => InUnitAsync(unit, accountSid, payments, amountCents),
            cancel
        );
        if (opened.IsRefused)
            return opened.Refusal;
        // From here on the provider may have the checkout, so a caller who closes the connection does not interrupt.
        return await ContinueAsync(actor, opened.Value.Value.Sid, opened.Value.RepeatedFrom);
    }

    private Refusal? Check(Accounts.Account account, IPayments? payments, long? amountCents)
    {
        if (AccountGate.Check(account) is { } no)
            return no;
        if (payments is null)
            return PaymentRefusals.PaymentsOff;
        return amountCents >= topUps.MinCents && amountCents <= topUps.MaxCents
            ? null
            : PaymentRefusals.TopUpAmount with
            {
                Figures = new(Least: Money.FromCents(topUps.MinCents), Most: Money.FromCents(topUps.MaxCents)),
            };
    }

    private static Refusal TooManyOpen =>
        PaymentRefusals.PaymentTooManyOpen with
        {
            Detail = $"{MostOpen} payments are open already. Continue or cancel one of them first.",
        };

    private async Task<Outcome<Opened>> InUnitAsync(
        Unit unit,
        string accountSid,
        IPayments? payments,
        long? amountCents
    )
    {
        if (await unit.LockAccountAsync(accountSid) is not { } account)
            return AccountRefusals.SessionRequired;
        if (Check(account, payments, amountCents) is { } no)
            return no;
        var (name, live, since) = (payments!.Name, payments.IsLive, unit.Now - Continued);
        var amount = Money.FromCents(amountCents!.Value);
        var mine = unit.Db.PaymentIntents.Where(p => p.AccountSid == accountSid && p.State == PaymentState.Open);
        var begun = await mine.Where(p =>
                p.Provider == name
                && p.Live == live
                && p.Amount == amount
                && p.Currency == Currency
                && p.CheckoutId == null
                && p.CreatedAt >= since
            )
            .OrderByDescending(p => p.Sid)
            .Select(p => p.Sid)
            .FirstOrDefaultAsync();
        if (begun is null)
        {
            var open = await mine.CountAsync(p =>
                p.CheckoutId == null ? p.CreatedAt >= since : p.ExpiresAt >= unit.Now
            );
            if (open >= MostOpen)
                return TooManyOpen;
            begun = unit.NewSid();
            unit.Db.PaymentIntents.Add(
                new PaymentIntent
                {
                    Sid = begun,
                    AccountSid = accountSid,
                    Provider = name,
                    Amount = amount,
                    Currency = Currency,
                    Live = live,
                    State = PaymentState.Open,
                    CreatedAt = unit.Now,
                }
            );
        }
        unit.Note(accountSid, new { payment = begun, amount_cents = amountCents });
        return new Opened(begun);
    }

    /// <summary>Continues an intent to its checkout, whichever step it has reached.</summary>
    internal async Task<Outcome<Answered<TopUpAnswer>>> ContinueAsync(
        Actor actor,
        string sid,
        DateTimeOffset? repeatedFrom
    )
    {
        var (intent, email) = await ReadAsync(sid);
        if (intent.State != PaymentState.Open || intent.CheckoutId is not null)
            return new Answered<TopUpAnswer>(TopUpAnswer.Of(intent), repeatedFrom);
        if (Instants.Expired(intent.CreatedAt + Askable, clock.Now()))
            return PaymentRefusals.PaymentNotOpen;
        if (providers.FirstOrDefault(p => p.Name == intent.Provider && p.IsLive == intent.Live) is not { } payments)
            return PaymentRefusals.PaymentsOff;
        switch (await payments.StartAsync(intent, email, CancellationToken.None))
        {
            case CheckoutStart.Started started:
                var kept = await KeepAsync(actor, intent, started);
                return kept.IsRefused ? kept.Refusal : new Answered<TopUpAnswer>(kept.Value, null);
            case CheckoutStart.Refused refused:
                log.LogError(
                    "{Provider} refused to open payment {Payment}: {Reason}",
                    intent.Provider,
                    intent.Sid,
                    refused.Reason
                );
                return PaymentRefusals.PaymentUnavailable;
            case CheckoutStart.TryLater later:
                log.LogWarning(
                    "{Provider} did not open payment {Payment}: {Reason}",
                    intent.Provider,
                    intent.Sid,
                    later.Reason
                );
                return PaymentRefusals.PaymentUnavailable with
                {
                    RetryAfter = later.After ?? PaymentRefusals.PaymentUnavailable.RetryAfter,
                };
            case var other:
                throw new InvalidOperationException("Unknown answer: " + other.GetType().Name);
        }
    }

    /// <summary>
    /// Stores the checkout's address even if the customer may no longer pay: the checkout exists, and a payment
    /// will be credited.
    /// </summary>
    private async Task<Outcome<TopUpAnswer>> KeepAsync(Actor actor, PaymentIntent intent, CheckoutStart.Started started)
    {
        var kept = await writer.RunAsync<(TopUpAnswer Answer, Refusal? No)>(
            "payment.checkout",
            actor,
            async unit =>
            {
                var account = await unit.LockAccountAsync(intent.AccountSid);
                DateTimeOffset? expires = started.ExpiresAt;
                // A webhook may have settled the intent first; its result stands.
                await unit
                    .Db.PaymentIntents.Where(p =>
                        p.Sid == intent.Sid && p.State == PaymentState.Open && p.CheckoutId == null
                    )
                    .ExecuteUpdateAsync(set =>
                        set.SetProperty(p => p.CheckoutId, started.CheckoutId)
                            .SetProperty(p => p.Url, started.Url.AbsoluteUri)
                            .SetProperty(p => p.ExpiresAt, expires)
                    );
                var now = await unit.Db.PaymentIntents.AsNoTracking().SingleAsync(p => p.Sid == intent.Sid);
                unit.Note(
                    intent.AccountSid,
                    new
                    {
                        payment = intent.Sid,
                        checkout = started.CheckoutId,
                        kept = now.CheckoutId == started.CheckoutId,
                    }
                );
                return (TopUpAnswer.Of(now), AccountGate.Check(account!));
            }
        );
        return kept.Value.No is { } no ? no : kept.Value.Answer;
    }

    /// <summary>
    /// The intent, and the e-mail address for the checkout: only a verified one, since the provider
    /// sends receipts there.
    /// </summary>
    private async Task<(PaymentIntent Intent, string? Email)> ReadAsync(string sid)
    {
        await using var db = database.Read();
        var intent = await db.PaymentIntents.SingleAsync(p => p.Sid == sid);
        var email = await db
            .Accounts.Where(a => a.Sid == intent.AccountSid)
            .Select(a => a.EmailVerified ? a.Email : null)
            .SingleAsync();
        return (intent, email);
    }
}
