using System.Text.Json;
using HeroOnboarding.Accounts;
using HeroOnboarding.Pool;
using HeroOnboarding.Store;
using HeroOnboarding.Vms;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Deployer;

/// <summary>
/// Delivers the notices of <see cref="LeaseNotices"/> to the deployer. Without <c>DEPLOYER_URL</c> it only logs them.
/// </summary>
public sealed class DeployerNotices(
    DeployerOptions options,
    IDeployer deployer,
    ReadyVm ready,
    FailedWipe failed,
    Database database,
    TimeProvider clock,
    ILogger<DeployerNotices> log
)
{
    public async Task<Delivery> DeliverAssignAsync(OutboxRow row, CancellationToken cancel)
    {
        var notice = JsonSerializer.Deserialize<AssignNotice>(row.Body, Json.Options)!;
        if (!options.IsOn)
        {
            log.LogInformation("deployer-assign stub: would assign pool_vm_id={PoolVmId} here", notice.PoolVmId);
            return new Delivery.Done();
        }
        if (!await IsStillTrueAsync(notice, cancel))
            return Superseded(row);
        if (await IsOlderOnItsWayAsync(row, notice, cancel))
            return new Delivery.Later("An older notice of this hand-out is on its way; this one follows it.");
        return ToDelivery(
            await deployer.AssignAsync("msg_" + row.Sid, notice, cancel),
            unit => HandedOverAsync(unit, notice)
        );
    }

    /// <summary>
    /// True when the machine is still held, and its holder has the same identities. Retries arrive in any order, and
    /// after a change of identities there is a newer notice.
    /// </summary>
    private async Task<bool> IsStillTrueAsync(AssignNotice notice, CancellationToken cancel)
    {
        await using var db = database.Read();
        return await db.VmAllocations.AnyAsync(
            a =>
                a.Sid == notice.AllocationSid
                && a.Status == AllocationStatus.Active
                && db.Set<Account>()
                    .Any(c =>
                        c.Sid == a.UserSid && c.ForgeId == notice.ForgeId && c.MyceliumAddress == notice.MyceliumAddress
                    ),
            cancel
        );
    }

    /// <summary>
    /// True while an older notice of the same lease is being delivered. If the older one arrived last, the deployer
    /// would keep the previous identities.
    /// </summary>
    private async Task<bool> IsOlderOnItsWayAsync(OutboxRow row, AssignNotice notice, CancellationToken cancel)
    {
        var now = clock.Now();
        await using var db = database.Read();
        return await WaitingAssigns(db, notice.PoolVmId, notice.LeaseNumber)
            .AnyAsync(o => string.Compare(o.Sid, row.Sid) < 0 && o.LeaseUntil >= now, cancel);
    }

    public async Task<Delivery> DeliverReleaseAsync(OutboxRow row, CancellationToken cancel)
    {
        var notice = JsonSerializer.Deserialize<ReleaseNotice>(row.Body, Json.Options)!;
        if (!options.IsOn)
        {
            log.LogInformation("deployer-release stub: would release pool_vm_id={PoolVmId} here", notice.PoolVmId);
            return new Delivery.Done();
        }
        if (await WhyNotReleaseAsync(row, notice, cancel) is { } not)
            return not;
        var answer = await deployer.ReleaseAsync("msg_" + row.Sid, notice, cancel);
        // 200 means wiped; the machine becomes clean in the commit that marks the notice delivered. 202 means accepted,
        // and the deployer reports later.
        return ToDelivery(
            answer,
            answer is DeployerAnswer.Finished
                ? unit => ready.InUnitAsync(unit, notice.PoolVmId, notice.LeaseNumber, "deployer")
                : null,
            reason => unit => failed.InUnitAsync(unit, notice.PoolVmId, notice.LeaseNumber, reason, askAgain: false)
        );
    }

    /// <summary>
    /// Compares a notice with the store before it is sent, since retries arrive in any order: a late release notice
    /// could wipe the machine under its next holder.
    /// </summary>
    private async Task<Delivery?> WhyNotReleaseAsync(OutboxRow row, ReleaseNotice notice, CancellationToken cancel)
    {
        var now = clock.Now();
        await using var db = database.Read();
        // A clean machine was reported as erased in the meantime; it may be handed out while the deployer starts
        // to wipe it.
        if (
            !await db.PoolVms.AnyAsync(
                vm =>
                    vm.Id == notice.PoolVmId
                    && vm.LeaseNumber == notice.LeaseNumber
                    && vm.AllocationSid == null
                    && vm.Condition != PoolCondition.Clean,
                cancel
            )
        )
            return Superseded(row);
        return await WaitingAssigns(db, notice.PoolVmId, notice.LeaseNumber).AnyAsync(o => o.LeaseUntil >= now, cancel)
            ? new Delivery.Later("The notice of the hand-out is on its way; the release follows it.")
            : null;
    }

    private static IQueryable<OutboxRow> WaitingAssigns(OnboardingDb db, string poolVmId, long leaseNumber)
    {
        var key = LeaseNotices.KeyOf(poolVmId, leaseNumber);
        return db.Waiting(LeaseNotices.AssignKind).Where(o => o.Key == key || o.Key.StartsWith(key + ":"));
    }

    private Delivery.Done Superseded(OutboxRow row)
    {
        log.LogInformation("Outbox {Kind} {Key} is no longer true and was not sent", row.Kind, row.Key);
        return new Delivery.Done();
    }

    private static Task HandedOverAsync(Unit unit, AssignNotice notice)
    {
        DateTimeOffset? now = unit.Now;
        return unit
            .Db.VmAllocations.Where(a => a.Sid == notice.AllocationSid && a.AssignedAt == null)
            .ExecuteUpdateAsync(set => set.SetProperty(a => a.AssignedAt, now));
    }

    private static Delivery ToDelivery(
        DeployerAnswer answer,
        Func<Unit, Task>? then,
        Func<string, Func<Unit, Task>>? refusedThen = null
    ) =>
        answer switch
        {
            DeployerAnswer.Refused refused => new Delivery.Refused(refused.Reason, refusedThen?.Invoke(refused.Reason)),
            DeployerAnswer.TryLater later => new Delivery.Later(later.Reason, later.After),
            _ => new Delivery.Done(then),
        };
}
