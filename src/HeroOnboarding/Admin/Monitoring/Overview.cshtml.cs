using HeroOnboarding.Accounts;
using HeroOnboarding.Admin.Access;
using HeroOnboarding.Admin.Payments;
using HeroOnboarding.Admin.Verification;
using HeroOnboarding.Deployer;
using HeroOnboarding.Plans;
using HeroOnboarding.Pool;
using HeroOnboarding.Store;
using HeroOnboarding.Vms;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Admin.Monitoring;

/// <summary><c>/admin</c>: the items that need an operator, then counts.</summary>
public sealed class OverviewModel(
    Database database,
    DeployerOptions deployer,
    PoolOptions pool,
    ProbeOptions probes,
    JobRunner jobs,
    WebhookSilence silence,
    WriteHealth writes,
    TimeProvider clock
) : PageModel
{
    public IReadOnlyList<Attention> Attention { get; private set; } = [];
    public PoolCounts Pool { get; private set; } = null!;
    public int Users { get; private set; }

    /// <summary>
    /// The purchases whose period has not ended. A purchase stays active after its period until another plan is bought.
    /// </summary>
    public int ActivePlans { get; private set; }
    public int LiveMachines { get; private set; }
    public int PendingMachines { get; private set; }

    public async Task OnGetAsync(CancellationToken cancel)
    {
        var now = clock.Now();
        await using var db = database.Read();
        Pool = await PoolCounts.ReadAsync(db, probes.ProvenSince(now), cancel);
        Users = await db.Accounts.CountAsync(cancel);
        ActivePlans = await db.Purchases.CountAsync(p => p.State == PurchaseState.Active && p.PeriodEnd >= now, cancel);
        LiveMachines = await db.VmAllocations.CountAsync(a => a.Status == AllocationStatus.Active, cancel);
        PendingMachines = await db.VmAllocations.CountAsync(a => a.Status == AllocationStatus.Pending, cancel);
        var stuck = await db.Outbox.CountAsync(r => r.DoneAt == null && r.Stuck, cancel);
        var brake = await ClockBrake.ReadAsync(db, cancel);
        var suspected = await KycList.WaitingAsync(db, cancel);
        var payments = await PaymentAttention.FindAsync(db, silence, now, cancel);
        var wrong = await WrongSecrets.FindAsync(db, now, cancel);
        var entries = (await JobList.FindAsync(db, jobs, now, cancel)).Rows;
        var (dirty, unheard) = !deployer.IsOn
            ? (0, 0)
            : (
                await OverdueNotices.Erasures(db, deployer, now).CountAsync(cancel),
                await OverdueNotices.HandOuts(db, deployer, now).CountAsync(cancel)
            );
        var ours = OfWrites()
            .Concat(OfClock(brake))
            .Concat(payments)
            .Concat(OfSecrets(wrong))
            .Concat(OfPool())
            .Concat(OfMachines(dirty))
            .Concat(OfDeployer(dirty, unheard));
        Attention =
        [
            .. ours.Concat(OfIdentities(suspected))
                .Concat(OfOutbox(stuck))
                .Concat(OfJobs(entries))
                .OrderBy(a => a.Tone, StringComparer.Ordinal),
        ];
    }

    private IEnumerable<Attention> OfWrites()
    {
        if (writes.Sentence is { } sentence)
            yield return new("bad", "Nothing is saved", sentence, "/admin/setup");
    }

    private static IEnumerable<Attention> OfClock(BrakeState? brake)
    {
        if (brake is not null)
            yield return new("bad", "Clock in doubt", $"{brake.Why} {ClockBrake.Consequence}", "/admin/jobs", "Look");
    }

    private static IEnumerable<Attention> OfSecrets(int? wrong)
    {
        if (wrong is { } count)
            yield return new("bad", "Wrong secrets", WrongSecrets.Say(count), "/admin/jobs");
    }

    private IEnumerable<Attention> OfPool()
    {
        if (!pool.HasPool)
            yield return new(
                "bad",
                "No pool",
                "No machine can be handed out: neither VM_POOL_JSON nor PROVISIONER_DEMO is set.",
                "/admin/setup",
                "Set up"
            );
        else if (Pool.Free == 0)
            yield return new(
                "bad",
                "Pool empty",
                $"No machine is free; {Pool.Held} are held, {Pool.Recycling} wait to be erased.",
                "/admin/pool-preview",
                "List machines"
            );
        else if (Pool.IsLow(pool))
            yield return new(
                "warn",
                "Pool low",
                $"{Pool.Free} of {Pool.Listed} machines are "
                    + $"free{(pool.PoolLowWater is { } mark ? $"; the mark is {mark}" : "")}.",
                "/admin/pool-preview",
                "List machines"
            );
    }

    private IEnumerable<Attention> OfMachines(int overdue)
    {
        if (Pool.Unproven > 0)
            yield return new(
                Pool.IsSilent ? "bad" : "warn",
                "Unproven",
                $"{Words(Pool.Unproven, "machine has", "machines have")} not answered a probe lately and "
                    + "will not be handed out.",
                "/admin/pool?state=unproven"
            );
        if (Pool.Recycling > overdue)
            yield return new(
                "warn",
                "To be erased",
                $"{Words(Pool.Recycling - overdue, "machine waits", "machines wait")} until somebody says "
                    + "that nothing of the last lease is readable.",
                "/admin/pool?state=recycling",
                "Erase"
            );
        if (Pool.Quarantined > 0)
            yield return new(
                "warn",
                "Quarantined",
                $"{Words(Pool.Quarantined, "machine is", "machines are")} kept out with a reason.",
                "/admin/pool?state=quarantined",
                "Mend"
            );
    }

    private IEnumerable<Attention> OfDeployer(int dirty, int unheard)
    {
        if (dirty > 0)
            yield return new(
                "bad",
                "Not erased",
                $"{Words(dirty, "machine was", "machines were")} given back more than "
                    + $"{deployer.Deadline.TotalMinutes:N0} minutes ago and the deployer has not called "
                    + $"{(dirty == 1 ? "it" : "them")} erased.",
                "/admin/pool?state=recycling&sort=free_since",
                "Erase"
            );
        if (unheard > 0)
            yield return new(
                "bad",
                "Not handed over",
                $"{Words(unheard, "hand-out is", "hand-outs are")} not confirmed by the deployer after "
                    + $"{deployer.Deadline.TotalMinutes:N0} minutes; the customer reads \"Being handed "
                    + "to you\".",
                "/admin/outbox?q=deployer.assign",
                "Look"
            );
    }

    private static IEnumerable<Attention> OfIdentities(int suspected)
    {
        if (suspected > 0)
            yield return new(
                "bad",
                "Identity to review",
                $"{Words(suspected, "person waits", "people wait")} until somebody decides about a suspected identity.",
                "/admin/kyc?review=waiting",
                "Decide"
            );
    }

    private static IEnumerable<Attention> OfOutbox(int stuck)
    {
        if (stuck > 0)
            yield return new(
                "bad",
                "Outbox stuck",
                $"{Words(stuck, "notice was", "notices were")} refused by the other side and will not be tried again.",
                "/admin/outbox?state=stuck&sort=due",
                "Retry"
            );
    }

    private static IEnumerable<Attention> OfJobs(IEnumerable<JobEntry> entries)
    {
        foreach (var job in entries)
            if (job.LastOk == false)
                yield return new(
                    "bad",
                    "Job failed",
                    $"{job.Name}: {job.LastReport}",
                    "/admin/jobs?name=" + Uri.EscapeDataString(job.Name)
                )
                {
                    Press = ("/admin/run-job", "name", job.Name),
                };
            else if (job.Late)
                yield return new(
                    "warn",
                    "Job late",
                    $"{job.Name} should have run already.",
                    "/admin/jobs?name=" + Uri.EscapeDataString(job.Name)
                )
                {
                    Press = ("/admin/run-job", "name", job.Name),
                };
    }

    private static string Words(int count, string one, string more) => $"{count:N0} {(count == 1 ? one : more)}";
}
