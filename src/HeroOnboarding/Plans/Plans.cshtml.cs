using HeroOnboarding.Accounts;
using HeroOnboarding.Store;
using HeroOnboarding.Vms;
using HeroOnboarding.Web;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Plans;

/// <summary>The catalogue, and for a customer the effect of a purchase at this time.</summary>
public sealed class PlansModel(
    Database database,
    Catalogue catalogue,
    AllocateVm allocate,
    HolderKeys keys,
    Supply supply,
    TimeProvider clock,
    KeptInputs kept
) : PageModel
{
    public IReadOnlyList<PlanConfig> Plans => catalogue.Plans;
    public DateTimeOffset Now { get; } = clock.Now();
    public int Free { get; private set; }

    /// <summary>The usual wait. Only where no machine is free and enough erasures are known.</summary>
    public TimeSpan? Wait { get; private set; }
    public bool HasPool => supply.IsThere;
    public bool TakesSshKey => keys.AreTaken;

    private IReadOnlyDictionary<string, string> typed = new Dictionary<string, string>();

    /// <summary>The SSH public key that was entered into this plan's form before a sign-in; null for none.</summary>
    public string? KeptKey(PlanConfig plan) =>
        typed.GetValueOrDefault("plan_id") == plan.Id ? typed.GetValueOrDefault(SshPublicKey.Field.Name) : null;

    /// <summary>Null for anonymous visitors.</summary>
    public EligibilityInput? Standing { get; private set; }
    public long Balance => Standing?.Account.Balance ?? 0;

    /// <summary>Set by the form that withdraws a chosen plan.</summary>
    [BindProperty(SupportsGet = true)]
    public string? Withdrawn { get; set; }

    /// <summary>True when the chosen plan was just withdrawn, and none was chosen since.</summary>
    public bool WasForgotten { get; private set; }

    /// <summary>The active plan; null for none.</summary>
    public Purchase? Active => Standing?.ActivePlan(Now);

    /// <summary>
    /// A plan that has ended while its machines are kept. It can be renewed until another one is bought.
    /// </summary>
    public Purchase? Kept =>
        Active is null && Standing?.Purchase is { Used: > 0 } ended && RenewPlan.IsPossible(ended, Now) ? ended : null;

    public async Task OnGetAsync(CancellationToken cancel)
    {
        await using var db = database.Read();
        Free = await supply.CountAsync(db, Now, cancel);
        Wait = HasPool && Free == 0 ? await UsualWait.ReadAsync(db, cancel) : null;
        if (User.IsCustomer())
        {
            var sid = User.AccountSid();
            Standing = await allocate.EvaluateAsync(db, sid, Now);
            typed = kept.Take(HttpContext, "/plan/buy");
            WasForgotten =
                Withdrawn == "1"
                && !await db.PurchaseIntents.AnyAsync(
                    i =>
                        i.AccountSid == sid
                        && (i.State == PurchaseIntentState.Waiting || i.State == PurchaseIntentState.Refused),
                    cancel
                );
        }
    }

    /// <summary>Why this customer cannot buy a plan, with the next step; null when they can.</summary>
    public Refusal? WhyNot => Standing is null ? null : AccountGate.Check(Standing.Account);

    public NextStep? Step => WhyNot?.Step;
}
