using HeroOnboarding.Accounts;
using HeroOnboarding.Plans;
using HeroOnboarding.Store;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Vms;

/// <summary>Leases a machine to a customer: quota, lease and receipt are one commit.</summary>
public sealed class AllocateVm(UnitOfWorkRunner writer, Provisioners provisioners, LeaseOptions leases)
{
    private const string RecentSql = "SELECT count(*) FROM vm_allocations WHERE purchase_sid = $1 AND created_at > $2";

    /// <summary>
    /// Refused by a gate of <see cref="Eligibility"/>, <c>ssh_key.invalid</c> or <c>pool.empty</c>; nothing
    /// was changed then.
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

    /// <summary>As above, as part of a larger unit: buying a plan and starting its first machine.</summary>
    internal async Task<Outcome<VmAnswer>> InUnitAsync(Unit unit, string accountSid, string? sshPublicKey)
    {
        if (await ReadStandingAsync(unit, accountSid) is not { } standing)
            return AccountRefusals.SessionRequired;
        if (Eligibility.Check(standing, unit.Now) is { } no)
            return no;
        if (!SshPublicKey.TryRead(sshPublicKey, out var sshKey))
            return VmRefusals.SshKeyInvalid;
        var (account, purchase) = (standing.Account, standing.Purchase!);
        if (!await Slots.TakeAsync(unit, account.Sid, purchase.Sid))
            return VmRefusals.QuotaExhausted;
        var (cost, expiry) = (purchase.Price / purchase.VmCount, purchase.Expiry);
        var terms = new LeaseTerms(purchase.Sid, purchase.PlanId, cost, sshKey, expiry);
        var handed = await Lease.HandOutAsync(unit, provisioners.Registered!, account, terms);
        if (handed.IsRefused)
            return handed.Refusal;
        var allocation = handed.Value;
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

    /// <summary>
    /// Reads the input of <see cref="Eligibility"/> without locks, for pages that show the current answer beforehand.
    /// </summary>
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

    /// <summary>As above, for pages that have read the rows.</summary>
    internal async Task<EligibilityInput> EvaluateAsync(
        OnboardingDb db,
        Account account,
        Purchase? purchase,
        int recent,
        DateTimeOffset now
    ) => Judge(account, purchase, recent, IsTooOften(purchase, recent) ? await OldestAsync(db, purchase!, now) : null);

    private EligibilityInput Judge(Account account, Purchase? purchase, int recent, DateTimeOffset? oldest) =>
        new(account, purchase, recent, oldest, leases.HandoutsPerSlot, provisioners.Registered is not null);

    private bool IsTooOften(Purchase? purchase, int recent) =>
        purchase is not null && recent >= purchase.VmCount * leases.HandoutsPerSlot;

    /// <summary>
    /// The hand-out that must age out of the window before the next one is allowed, when the limit is reached.
    /// </summary>
    private Task<DateTimeOffset> OldestAsync(OnboardingDb db, Purchase purchase, DateTimeOffset now) =>
        Recent(db, purchase, now)
            .OrderByDescending(a => a.CreatedAt)
            .Skip((purchase.VmCount * leases.HandoutsPerSlot) - 1)
            .Select(a => a.CreatedAt)
            .FirstAsync();

    private static IQueryable<VmAllocation> Recent(OnboardingDb db, Purchase purchase, DateTimeOffset now)
    {
        var since = now - Eligibility.Window;
        return db.VmAllocations.Where(a => a.PurchaseSid == purchase.Sid && a.CreatedAt > since);
    }
}

/// <summary>A lease.</summary>
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
