using HeroOnboarding.Credit;
using HeroOnboarding.Plans;
using HeroOnboarding.Store;
using HeroOnboarding.Web;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Vms;

/// <summary>The customer's page: machines, plan, credit, recent events, and the next step.</summary>
public sealed class DashboardModel(
    Database database,
    AllocateVm allocate,
    ReadStatement statement,
    Catalogue catalogue,
    ReadOnboarding journey,
    HolderKeys keys,
    LeaseOptions leases,
    TimeProvider clock,
    KeptInputs kept
) : PageModel
{
    private const int MostReturned = 5,
        MostActivity = 8;

    /// <summary>
    /// The number of a customer's newest leases that are read for both lists, so that the page does not slow down for a
    /// customer with many.
    /// </summary>
    private const int MostRead = 64;

    /// <summary>An entry in the list of recent events.</summary>
    public sealed record Event(DateTimeOffset At, string What, string Note);

    [BindProperty(SupportsGet = true)]
    public string? Started { get; set; }

    [BindProperty(SupportsGet = true)]
    public string? Released { get; set; }

    [BindProperty(SupportsGet = true)]
    public string? Bought { get; set; }

    public DateTimeOffset Now { get; } = clock.Now();
    public EligibilityInput Standing { get; private set; } = null!;
    public Purchase? Plan { get; private set; }
    public Refusal? WhyNot { get; private set; }

    /// <summary>
    /// True when the refusal of the form that returned here is the same, with at least as much detail.
    /// </summary>
    public bool WasToldWhyNot =>
        WhyNot is { } no
        && HttpContext.ReturnedRefusal() is { } told
        && told.Code == no.Code
        && (told.Detail is not null || no.Detail is null);

    public NextStep? Step => WhyNot?.Step;
    public int Free { get; private set; }

    /// <summary>The usual wait. Only where no machine is free and enough erasures are known.</summary>
    public TimeSpan? Wait { get; private set; }
    public bool TakesSshKey => keys.AreTaken;

    /// <summary>The SSH public key that was entered before a sign-in; null for none.</summary>
    public string? KeptKey { get; private set; }

    public IReadOnlyList<VmAllocation> Held { get; private set; } = [];
    public IReadOnlyList<VmAllocation> Returned { get; private set; } = [];

    /// <summary>True for machines of an active plan. The limit is checked when a replacement is requested.</summary>
    public bool MayReplace(VmAllocation vm) =>
        leases.ReplacementsPerSlot > 0 && vm.Status == AllocationStatus.Active && vm.PurchaseSid == Plan?.Sid;

    public IReadOnlyList<Event> Events { get; private set; } = [];

    /// <summary>True when nothing was bought or chosen yet: the page shows the plans first.</summary>
    public bool IsNew => Plan is null && !HasChosen && Held.Count == 0 && Returned.Count == 0;

    /// <summary>True when a plan is chosen and waits for verification or payment.</summary>
    public bool HasChosen => Journey.IsOpen;

    public OnboardingProgress Journey { get; private set; } = null!;

    public IReadOnlyList<PlanConfig> Plans => catalogue.Plans;

    /// <summary>
    /// The customer's lease or purchase that the page has a message about; null for unknown ones and those
    /// of other customers.
    /// </summary>
    public VmAllocation? JustStarted { get; private set; }
    public VmAllocation? JustReleased { get; private set; }

    /// <summary>The lease that <see cref="JustStarted"/> replaced.</summary>
    public VmAllocation? JustReplaced { get; private set; }
    public Purchase? JustBought { get; private set; }
    public DateTimeOffset? DoneBefore => RepeatedForm.FirstDone(Request, Now);

    public async Task OnGetAsync(CancellationToken cancel)
    {
        var sid = User.AccountSid();
        await using var db = database.Read();
        Journey = await journey.RunAsync(sid, cancel);
        Standing = await allocate.EvaluateAsync(db, Journey.Account, Journey.Purchase, Journey.RecentHandOuts, Now);
        Plan = Standing.ActivePlan(Now);
        WhyNot = Eligibility.Check(Standing, Now);
        Free = Journey.Free;
        KeptKey = kept.Take(HttpContext, "/vm/allocate").GetValueOrDefault(SshPublicKey.Field.Name);
        Wait = Free == 0 ? await UsualWait.ReadAsync(db, cancel) : null;
        var mine = db.VmAllocations.Where(a => a.UserSid == sid);
        (Held, var newest) = await ReadLeasesAsync(sid);
        (JustStarted, JustReleased) = (await FindAsync(mine, Started, cancel), await FindAsync(mine, Released, cancel));
        // A lease that was held longer than many newer ones is still shown first when it has just been released.
        Returned =
        [
            .. newest
                .Append(JustReleased)
                .OfType<VmAllocation>()
                .Where(a => a.ReleasedAt is not null)
                .DistinctBy(a => a.Sid)
                .OrderByDescending(a => a.ReleasedAt)
                .Take(MostReturned),
        ];
        JustReplaced = await FindAsync(mine, JustStarted?.ReplacesSid, cancel);
        if (Names.IsSid(Bought))
            JustBought = await db.Purchases.FirstOrDefaultAsync(p => p.AccountSid == sid && p.Sid == Bought, cancel);
        await ReadEventsAsync(newest, cancel);
    }

    /// <summary>The held leases in the order of their start, and the newest leases.</summary>
    private Task<(List<VmAllocation> Held, List<VmAllocation> Newest)> ReadLeasesAsync(string sid)
    {
        var row = RowMapper<VmAllocation>.In(database);
        return database.ReadAsync(async look =>
            (
                await look.ListAsync(
                    $"SELECT {row.Columns} FROM vm_allocations WHERE user_sid = $1 AND {Lease.Live} ORDER BY sid",
                    row.Read,
                    sid
                ),
                await look.ListAsync(
                    $"SELECT {row.Columns} FROM vm_allocations WHERE user_sid = $1 ORDER BY sid DESC LIMIT {MostRead}",
                    row.Read,
                    sid
                )
            )
        );
    }

    private static async Task<VmAllocation?> FindAsync(
        IQueryable<VmAllocation> mine,
        string? sid,
        CancellationToken cancel
    ) => Names.IsSid(sid) ? await mine.FirstOrDefaultAsync(a => a.Sid == sid, cancel) : null;

    private async Task ReadEventsAsync(IEnumerable<VmAllocation> newest, CancellationToken cancel)
    {
        var money = (await statement.RunAsync(Standing.Account.Sid, null, MostActivity, cancel)).Rows;
        Events =
        [
            .. money
                .Select(m => new Event(m.At, m.What, Money.ShowSigned(m.Amount)))
                .Concat(
                    newest
                        .Take(MostActivity)
                        .Select(a =>
                            a.ReplacesSid is null
                                ? new Event(a.CreatedAt, $"Machine {a.PoolVmId} taken", "included in plan")
                                : new Event(a.CreatedAt, $"Machine {a.PoolVmId} taken instead", "same slot")
                        )
                )
                .Concat(
                    Returned.Select(a =>
                        a.ReleaseReason == ReplaceVm.ReleaseReason
                            ? new Event(a.ReleasedAt!.Value, $"Machine {a.PoolVmId} does not work", "replaced")
                            : new Event(a.ReleasedAt!.Value, $"Machine {a.PoolVmId} given back", "slot returned")
                    )
                )
                .OrderByDescending(e => e.At)
                .Take(MostActivity),
        ];
    }
}
