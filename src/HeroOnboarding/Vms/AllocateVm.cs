using HeroOnboarding.Accounts;
using HeroOnboarding.Deployer;
using HeroOnboarding.Plans;
using HeroOnboarding.Store;
using HeroOnboarding.Web;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Vms;

/// <summary>Takes a machine for a customer: quota, lease and receipt are one commit, or nothing happened.</summary>
public sealed class AllocateVm(Writer writer, Provisioners provisioners, Settings settings)
{
    /// <summary>Refused by a gate of <see cref="Eligibility"/>, <c>ssh_key.invalid</c> or <c>pool.empty</c>; then nothing changed.</summary>
    public Task<Outcome<Answered<VmAnswer>>> RunAsync(Actor actor, string accountSid, string? sshPublicKey, IdempotencyKey? key = null, CancellationToken cancel = default) =>
        writer.RunOnceAsync<VmAnswer>("vm.allocate", actor, key, unit => InUnitAsync(unit, accountSid, sshPublicKey), cancel);

    /// <summary>The same as a part of a larger unit: buying a plan and starting its first machine.</summary>
    internal async Task<Outcome<VmAnswer>> InUnitAsync(Unit unit, string accountSid, string? sshPublicKey)
    {
        if (await ReadStandingAsync(unit, accountSid) is not { } standing)
            return Refusals.SessionRequired;
        if (Eligibility.Check(standing, unit.Now) is { } no)
            return no;
        if (!SshPublicKey.TryRead(sshPublicKey, out var sshKey))
            return Refusals.SshKeyInvalid;
        var (account, purchase) = (standing.Account, standing.Purchase!);
        if (!await TakeSlotAsync(unit, account, purchase))
            return Refusals.QuotaExhausted;
        var plan = new VmPlan(purchase.Price / purchase.VmCount, sshKey, purchase.PeriodEnd - unit.Now);
        var provisioner = provisioners.Registered!;
        var provided = await provisioner.AllocateAsync(account.Sid, plan);
        if (provided.IsRefused)
            return provided.Refusal;
        var allocation = provided.Value;
        (allocation.PurchaseSid, allocation.PlanId, allocation.ForgeId) = (purchase.Sid, purchase.PlanId, account.ForgeId);
        (allocation.Cost, allocation.ExpiresAt) = (plan.Cost, purchase.PeriodEnd);
        unit.Db.VmAllocations.Add(allocation);
        if (allocation is { Status: AllocationStatus.Active, PoolVmId: not null } && !provisioner.IsDemo)
            DeployerNotices.Assign(unit, allocation, account);
        unit.Note(account.Sid, new { allocation = allocation.Sid, allocation.PoolVmId, allocation.LeaseNumber });
        return VmAnswer.Of(allocation);
    }

    private async Task<Standing?> ReadStandingAsync(Unit unit, string accountSid)
    {
        var account = await unit.LockAccountAsync(accountSid);
        if (account is null)
            return null;
        return await StandingAsync(unit.Db, account, await unit.LockActivePurchaseAsync(accountSid), unit.Now);
    }

    /// <summary>The same without locks, for pages that say beforehand what the answer would be now.</summary>
    internal async Task<Standing> LookAsync(OnboardingDb db, string accountSid, DateTimeOffset now) => await StandingAsync(
        db, await db.Accounts.SingleAsync(a => a.Sid == accountSid), await db.Purchases.SingleOrDefaultAsync(p => p.AccountSid == accountSid && p.State == PurchaseState.Active), now);

    private async Task<Standing> StandingAsync(OnboardingDb db, Account account, Purchase? purchase, DateTimeOffset now)
    {
        var (recent, oldest) = purchase is null ? (0, null) : await RecentAsync(db, purchase, now);
        return new(account, purchase, recent, oldest, settings.HandoutsPerSlot, provisioners.Registered is not null);
    }

    /// <summary>Counts hand-outs of the last 24 hours; when the limit is reached, the time of the one whose ageing frees the next.</summary>
    private async Task<(int Count, DateTimeOffset? Oldest)> RecentAsync(OnboardingDb db, Purchase purchase, DateTimeOffset now)
    {
        var limit = purchase.VmCount * settings.HandoutsPerSlot;
        var since = now - Eligibility.Window;
        var recent = db.VmAllocations.Where(a => a.PurchaseSid == purchase.Sid && a.CreatedAt > since);
        var count = await recent.CountAsync();
        return count < limit ? (count, null) : (count, await recent.OrderByDescending(a => a.CreatedAt).Skip(limit - 1).Select(a => a.CreatedAt).FirstAsync());
    }

    /// <summary>The referee of the quota: one more only while below the total, with every gate repeated, whatever was read before.</summary>
    internal static async Task<bool> TakeSlotAsync(Unit unit, Account account, Purchase purchase) =>
        await unit.Db.Purchases
            .Where(p => p.Sid == purchase.Sid && p.State == PurchaseState.Active && p.Used < p.VmCount && p.PeriodEnd >= unit.Now
                && unit.Db.Accounts.Any(a => a.Sid == account.Sid && a.SuspendedAt == null && a.KycStatus == KycStatus.Completed))
            .ExecuteUpdateAsync(set => set.SetProperty(p => p.Used, p => p.Used + 1)) == 1;
}

/// <summary>A lease as it is answered on the wire.</summary>
public sealed record VmAnswer(
    string Sid, AllocationStatus Status, string PlanId, string? PoolVmId, long LeaseNumber, string? Address, string? MyceliumIp, string? SshUser,
    int? SshPort, string? CockpitUrl, string? ForgeId, long CostCents, DateTimeOffset CreatedAt, DateTimeOffset ExpiresAt, DateTimeOffset? ReleasedAt)
{
    public static VmAnswer Of(VmAllocation a) => new(
        a.Sid, a.Status, a.PlanId, a.PoolVmId, a.LeaseNumber, a.Address, a.MyceliumIp, a.SshUser, a.SshPort, a.CockpitUrl, a.ForgeId,
        Credit.Money.Cents(a.Cost), a.CreatedAt, a.ExpiresAt, a.ReleasedAt);
}
