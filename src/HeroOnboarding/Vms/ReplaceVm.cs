using HeroOnboarding.Accounts;
using HeroOnboarding.Plans;
using HeroOnboarding.Store;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Vms;

/// <summary>
/// Replaces a machine that does not work: its lease ends, the machine is quarantined, and a lease of another machine
/// starts, in one commit. The quota does not change. Nothing changes when no other machine is free.
/// </summary>
public sealed class ReplaceVm(UnitOfWorkRunner writer, Provisioners provisioners, LeaseOptions leases)
{
    /// <summary>Why the lease ended, for the notice and the record.</summary>
    public const string ReleaseReason = "does_not_work";

    /// <summary>The limit counts replacements of a purchase within this time.</summary>
    internal static readonly TimeSpan Window = TimeSpan.FromDays(30);

    /// <param name="problem">The customer's description of the defect, for operators.</param>
    /// <returns>The new lease. Refused by a gate, <c>machine.over</c>, <c>replace.too_often</c> or <c>pool.empty</c>;
    /// nothing was changed then.</returns>
    public Task<Outcome<Answered<VmAnswer>>> RunAsync(
        Actor actor,
        string accountSid,
        string? allocationSid,
        string? problem,
        IdempotencyKey? key = null,
        CancellationToken cancel = default
    ) =>
        !Names.IsSid(allocationSid)
            ? Task.FromResult<Outcome<Answered<VmAnswer>>>(Refusals.NotFound)
            : writer.RunOnceAsync<VmAnswer>(
                "vm.replace",
                actor,
                key,
                unit => InUnitAsync(unit, accountSid, allocationSid!, problem),
                cancel
            );

    private async Task<Outcome<VmAnswer>> InUnitAsync(
        Unit unit,
        string accountSid,
        string allocationSid,
        string? problem
    )
    {
        // Lock order: account, purchase, allocation, machine.
        var (account, purchase) = await unit.LockAccountAndPurchaseAsync(accountSid);
        if (account is null)
            return AccountRefusals.SessionRequired;
        if (await unit.LockAllocationAsync(allocationSid, accountSid) is not { } seen)
            return Refusals.NotFound;
        if (await WhyNotAsync(unit, account, purchase, seen) is { } no)
            return no;
        if (await TakeOutAsync(unit, seen, problem) is { } refused)
            return refused;
        var terms = new LeaseTerms(
            seen.PurchaseSid,
            seen.PlanId,
            seen.Cost,
            seen.SshPublicKey,
            seen.ExpiresAt,
            ReplacesSid: seen.Sid
        );
        var handed = await Lease.HandOutAsync(unit, provisioners.Registered!, account, terms);
        if (handed.IsRefused)
            return handed.Refusal;
        var next = handed.Value;
        var (replaces, broken) = (seen.Sid, seen.PoolVmId);
        var allocation = next.Sid;
        unit.Note(
            accountSid,
            new
            {
                allocation,
                next.PoolVmId,
                next.LeaseNumber,
                replaces,
                broken,
                problem,
            }
        );
        return VmAnswer.Of(next);
    }

    /// <summary>
    /// Ends the lease and quarantines its machine, before another machine is claimed: the claim must not find this one.
    /// A claim skips locked machines, so no unit waits for this machine while it holds the claimed one.
    /// </summary>
    private async Task<Refusal?> TakeOutAsync(Unit unit, VmAllocation seen, string? problem)
    {
        var broken = Names.Cut(
            problem is null
                ? "Its customer says that it does not work."
                : "Its customer says that it does not work: " + problem,
            500
        );
        var end = new LeaseEnd(seen.Sid, ReleaseReason, Broken: broken);
        var released = await Lease.EndAsync(unit, provisioners, seen, end, givesSlotBack: false);
        return released.IsRefused ? released.Refusal : null;
    }

    /// <summary>
    /// The gates of a hand-out without the quota, which does not change, and with a limit of its own.
    /// </summary>
    private async Task<Refusal?> WhyNotAsync(Unit unit, Account account, Purchase? purchase, VmAllocation seen)
    {
        if (AccountGate.Check(account) is { } no)
            return no;
        if (seen.Status != AllocationStatus.Active)
            return VmRefusals.MachineOver;
        if (purchase is null || purchase.Sid != seen.PurchaseSid || Instants.Expired(purchase.PeriodEnd, unit.Now))
            return PlanRefusals.PlanRequired;
        if (provisioners.Registered is null)
            return VmRefusals.ProvisionerUnavailable;
        var since = unit.Now - Window;
        var most = purchase.VmCount * leases.ReplacementsPerSlot;
        var recent = await unit
            .Db.VmAllocations.Where(a => a.PurchaseSid == purchase.Sid && a.CreatedAt > since && a.ReplacesSid != null)
            .OrderByDescending(a => a.CreatedAt)
            .Select(a => a.CreatedAt)
            .Take(Math.Max(most, 1))
            .ToListAsync();
        if (recent.Count < most)
            return null;
        return recent.Count == 0
            ? VmRefusals.ReplaceTooOften
            : VmRefusals.ReplaceTooOften with
            {
                RetryAfter = recent[^1] + Window - unit.Now,
                Figures = new(At: recent[^1] + Window),
            };
    }
}
