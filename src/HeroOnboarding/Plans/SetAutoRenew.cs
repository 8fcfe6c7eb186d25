using HeroOnboarding.Accounts;
using HeroOnboarding.Store;

namespace HeroOnboarding.Plans;

/// <summary>Whether the plan is renewed automatically.</summary>
public sealed record AutoRenewAnswer(
    string Sid,
    bool AutoRenew,
    DateTimeOffset VmQuotaPeriodEnd,
    DateTimeOffset RenewsFrom
);

/// <summary>Switches automatic renewal on or off; nothing is charged.</summary>
public sealed class SetAutoRenew(UnitOfWorkRunner writer)
{
    public Task<Outcome<AutoRenewAnswer>> RunAsync(
        Actor actor,
        string accountSid,
        bool on,
        CancellationToken cancel = default
    ) =>
        writer.RunAsync<AutoRenewAnswer>(
            "plan.auto_renew",
            actor,
            async unit =>
            {
                await unit.HoldAccountAsync(accountSid);
                if (
                    await unit.LockActivePurchaseAsync(accountSid) is not { } plan
                    || Instants.Expired(plan.Expiry, unit.Now)
                )
                    return PlanRefusals.PlanRequired;
                await unit.Statements.RunAsync(
                    "UPDATE purchases SET auto_renew = $2, renew_refused_code = NULL, renew_refused_at = NULL WHERE "
                        + "sid = $1 AND state = 'active'",
                    plan.Sid,
                    on
                );
                unit.Note(accountSid, new { purchase = plan.Sid, on });
                return new AutoRenewAnswer(plan.Sid, on, plan.PeriodEnd, plan.PeriodEnd - RenewPlan.ByItself);
            },
            cancel
        );
}
