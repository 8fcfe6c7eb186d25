using System.Text.Json;
using HeroOnboarding.Accounts;
using HeroOnboarding.Credit;
using HeroOnboarding.Store;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Plans;

/// <summary>
/// Buys the chosen plan automatically (outbox kind <c>plan.complete</c>) when nothing is missing: charge, purchase,
/// first machine and receipt are one commit. The message is queued in the commit that added the credit or the
/// verification, so a crash loses nothing; a repetition finds the choice fulfilled.
/// </summary>
public sealed class CompletePurchase(UnitOfWorkRunner writer, BuyPlan buy, Catalogue catalogue)
{
    public const string Kind = "plan.complete";
    private static readonly Actor Self = Actor.System("purchase-intent");

    private sealed record IntentMessage(string IntentSid);

    /// <summary>
    /// Called inside a unit that added credit or verified a customer: queues the purchase that waits for it, if
    /// there is one.
    /// </summary>
    public static async Task ReadyAsync(Unit unit, string accountSid)
    {
        var waiting = await unit
            .Db.PurchaseIntents.Where(i =>
                i.AccountSid == accountSid && i.State == PurchaseIntentState.Waiting && i.ExpiresAt >= unit.Now
            )
            .Select(i => i.Sid)
            .SingleOrDefaultAsync();
        if (waiting is not null)
            unit.Send(Kind, unit.NewSid(), new IntentMessage(waiting));
    }

    internal async Task<Delivery> DeliverAsync(OutboxRow row, CancellationToken cancel)
    {
        var sid = JsonSerializer.Deserialize<IntentMessage>(row.Body, Json.Options)!.IntentSid;
        var outcome = await writer.RunAsync<bool>("plan.buy_chosen", Self, unit => InUnitAsync(unit, sid), cancel);
        // Something is still missing: the commit that adds it queues another message.
        if (
            outcome.IsRefused
            && outcome.Refusal.Code != CreditRefusals.CreditInsufficient.Code
            && outcome.Refusal.Code != CreditRefusals.CreditOwed.Code
            && outcome.Refusal.Code != AccountRefusals.KycRequired.Code
        )
            await RefuseAsync(sid, outcome.Refusal);
        return new Delivery.Done();
    }

    private async Task<Outcome<bool>> InUnitAsync(Unit unit, string sid)
    {
        var found = await unit.Db.PurchaseIntents.AsNoTracking().SingleAsync(i => i.Sid == sid);
        await unit.LockAccountAsync(found.AccountSid);
        // Read again under the lock: the customer may have bought, chosen another plan or withdrawn concurrently.
        var intent = await unit.Db.PurchaseIntents.AsNoTracking().SingleAsync(i => i.Sid == sid);
        if (intent.State != PurchaseIntentState.Waiting || Instants.Expired(intent.ExpiresAt, unit.Now))
        {
            unit.Note(intent.AccountSid, new { intent = sid, done_before = true });
            return false;
        }
        if (catalogue.Find(intent.PlanId) is { } plan && plan.Price != intent.Price)
            return PlanRefusals.PlanChanged;
        var bought = await buy.InUnitAsync(
            unit,
            intent.AccountSid,
            intent.PlanId,
            startNow: true,
            intent.SshPublicKey,
            acceptTerms: false
        );
        if (bought.IsRefused)
            return bought.Refusal;
        unit.Note(
            intent.AccountSid,
            new
            {
                intent = sid,
                purchase = bought.Value.Sid,
                allocation = bought.Value.Vm?.Sid,
            }
        );
        return true;
    }

    private Task RefuseAsync(string sid, Refusal refusal) =>
        writer.RunAsync(
            "plan.chosen_refused",
            Self,
            async unit =>
            {
                DateTimeOffset? now = unit.Now;
                var code = refusal.Code;
                await unit
                    .Db.PurchaseIntents.Where(i => i.Sid == sid && i.State == PurchaseIntentState.Waiting)
                    .ExecuteUpdateAsync(set =>
                        set.SetProperty(i => i.State, PurchaseIntentState.Refused)
                            .SetProperty(i => i.RefusedCode, code)
                            .SetProperty(i => i.DecidedAt, now)
                    );
                unit.Note(
                    await unit.Db.PurchaseIntents.Where(i => i.Sid == sid).Select(i => i.AccountSid).SingleAsync(),
                    new { intent = sid, refused = code }
                );
            }
        );
}
