using HeroOnboarding.Accounts;
using HeroOnboarding.Deployer;
using HeroOnboarding.Plans;
using HeroOnboarding.Store;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Vms;

/// <summary>Takes a machine for a customer: quota, lease and receipt are one commit, or nothing happened.</summary>
public sealed class AllocateVm(UnitOfWorkRunner writer, Provisioners provisioners, Settings settings)
{
    private const string RecentSql = "SELECT count(*) FROM vm_allocations WHERE purchase_sid = $1 AND created_at > $2";

    private const string TakeSlotSql = """
        UPDATE purchases SET used = used + 1
        WHERE sid = $1 AND state = 'active' AND used < vm_count AND period_end >= $3
          AND EXISTS (SELECT 1 FROM accounts WHERE sid = $2 AND suspended_at IS NULL AND kyc_status = 'completed')
        """;

    /// <summary>
    /// Refused by a gate of <see cref="Eligibility"/>, <c>ssh_key.invalid</c> or <c>pool.empty</c>; then nothing
    /// changed.
    /// </summary>
    public Task<Outcome<Answered<VmAnswer>>> RunAsync(
        Actor actor,
        string accountSid,
        string? sshPublicKey,
        IdempotencyKey? key = null,
        CancellationToken cancel = default
    ) =>
        writer.RunOnceAsync<VmAnswer>(
            "vm.allocate",
            actor,
            key,
            unit => InUnitAsync(unit, accountSid, sshPublicKey),
            cancel
        );

    /// <summary>The same as a part of a larger unit: buying a plan and starting its first machine.</summary>
    internal async Task<Outcome<VmAnswer>> InUnitAsync(Unit unit, string accountSid, string? sshPublicKey)
    {
        if (await ReadStandingAsync(unit, accountSid) is not { } standing)
            return AccountRefusals.SessionRequired;
        if (Eligibility.Check(standing, unit.Now) is { } no)
            return no;
        if (!SshPublicKey.TryRead(sshPublicKey, out var sshKey))
            return VmRefusals.SshKeyInvalid;
        var (account, purchase) = (standing.Account, standing.Purchase!);
        if (!await TakeSlotAsync(unit, account, purchase))
            return VmRefusals.QuotaExhausted;
        var plan = new VmPlan(purchase.Price / purchase.VmCount, sshKey, purchase.Expiry - unit.Now);
        var provisioner = provisioners.Registered!;
        var provided = await provisioner.AllocateAsync(account.Sid, plan);
        if (provided.IsRefused)
            return provided.Refusal;
        var allocation = provided.Value;
        (allocation.PurchaseSid, allocation.PlanId, allocation.ForgeId) = (
            purchase.Sid,
            purchase.PlanId,
            account.ForgeId
        );
        (allocation.Cost, allocation.ExpiresAt) = (plan.Cost, purchase.Expiry);
        await RowMapper<VmAllocation>.In(unit.Database).InsertAsync(unit.Statements, allocation);
        if (allocation is { Status: AllocationStatus.Active, PoolVmId: not null } && !provisioner.IsDemo)
            LeaseNotices.Assign(unit, allocation, account);
        unit.Note(
            account.Sid,
            new
            {
                allocation = allocation.Sid,
                allocation.PoolVmId,
                allocation.LeaseNumber,
            }
        );
        return VmAnswer.Of(allocation);
    }

    private async Task<EligibilityInput?> ReadStandingAsync(Unit unit, string accountSid)
    {
        if (await unit.LockAccountAndPurchaseAsync(accountSid) is not ({ } account, var purchase))
            return null;
        var recent = purchase is null
            ? 0
            : await unit.Statements.ReadAsync(
                RecentSql,
                r => (int)r.GetInt64(0),
                purchase.Sid,
                Instants.ToMicros(unit.Now - Eligibility.Window)
            );
        return Judge(
            account,
            purchase,
            recent,
            IsTooOften(purchase, recent) ? await OldestAsync(unit.Db, purchase!, unit.Now) : null
        );
    }

    /// <summary>The same without locks, for pages that say beforehand what the answer would be now.</summary>
    internal async Task<EligibilityInput> EvaluateAsync(OnboardingDb db, string accountSid, DateTimeOffset now)
    {
        var account = await db.Accounts.SingleAsync(a => a.Sid == accountSid);
        var purchase = await db.Purchases.SingleOrDefaultAsync(p =>
            p.AccountSid == accountSid && p.State == PurchaseState.Active
        );
        return await EvaluateAsync(
            db,
            account,
            purchase,
            purchase is null ? 0 : await Recent(db, purchase, now).CountAsync(),
            now
        );
    }

    /// <summary>The same for pages that have read the rows already.</summary>
    internal async Task<EligibilityInput> EvaluateAsync(
        OnboardingDb db,
        Account account,
        Purchase? purchase,
        int recent,
        DateTimeOffset now
    ) => Judge(account, purchase, recent, IsTooOften(purchase, recent) ? await OldestAsync(db, purchase!, now) : null);

    private EligibilityInput Judge(Account account, Purchase? purchase, int recent, DateTimeOffset? oldest) =>
        new(account, purchase, recent, oldest, settings.HandoutsPerSlot, provisioners.Registered is not null);

    private bool IsTooOften(Purchase? purchase, int recent) =>
        purchase is not null && recent >= purchase.VmCount * settings.HandoutsPerSlot;

    /// <summary>The hand-out whose ageing frees the next one, when the limit is reached.</summary>
    private Task<DateTimeOffset> OldestAsync(OnboardingDb db, Purchase purchase, DateTimeOffset now) =>
        Recent(db, purchase, now)
            .OrderByDescending(a => a.CreatedAt)
            .Skip((purchase.VmCount * settings.HandoutsPerSlot) - 1)
            .Select(a => a.CreatedAt)
            .FirstAsync();

    private static IQueryable<VmAllocation> Recent(OnboardingDb db, Purchase purchase, DateTimeOffset now)
    {
        var since = now - Eligibility.Window;
        return db.VmAllocations.Where(a => a.PurchaseSid == purchase.Sid && a.CreatedAt > since);
    }

    /// <summary>
    /// The referee of the quota: one more only while below the total, with every gate repeated, whatever was read
    /// before.
    /// </summary>
    internal static async Task<bool> TakeSlotAsync(Unit unit, Account account, Purchase purchase) =>
        await unit.Statements.RunAsync(TakeSlotSql, purchase.Sid, account.Sid, Instants.ToMicros(unit.Now)) == 1;
}

/// <summary>A lease as it is answered on the wire.</summary>
public sealed record VmAnswer(
    string Sid,
    AllocationStatus Status,
    string PlanId,
    string? PoolVmId,
    long LeaseNumber,
    string? Address,
    string? MyceliumIp,
    string? SshUser,
    int? SshPort,
    string? CockpitUrl,
    string? ForgeId,
    long CostCents,
    DateTimeOffset CreatedAt,
    DateTimeOffset ExpiresAt,
    DateTimeOffset? ReleasedAt,
    string? ReplacesSid = null
)
{
    public static VmAnswer Of(VmAllocation a) =>
        new(
            a.Sid,
            a.Status,
            a.PlanId,
            a.PoolVmId,
            a.LeaseNumber,
            a.Address,
            a.MyceliumIp,
            a.SshUser,
            a.SshPort,
            a.CockpitUrl,
            a.ForgeId,
            Money.Cents(a.Cost),
            a.CreatedAt,
            a.ExpiresAt,
            a.ReleasedAt,
            a.ReplacesSid
        );
}
