using HeroOnboarding.Accounts;
using HeroOnboarding.Store;
using HeroOnboarding.Vms;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Admin.Leases;

/// <summary>A lease.</summary>
public sealed record AllocationRow(
    string Sid,
    string UserSid,
    string? UserLogin,
    string PlanId,
    string Provisioner,
    string? PoolVmId,
    long LeaseNumber,
    AllocationStatus Status,
    string? Address,
    string? ForgeId,
    long CostCents,
    DateTimeOffset CreatedAt,
    DateTimeOffset ExpiresAt,
    DateTimeOffset? ReleasedAt,
    string? CockpitUrl
)
{
    public static AllocationRow Of(VmAllocation a, string? login) =>
        new(
            a.Sid,
            a.UserSid,
            login,
            a.PlanId,
            a.Provisioner,
            a.PoolVmId,
            a.LeaseNumber,
            a.Status,
            a.Address ?? a.MyceliumIp,
            a.ForgeId,
            Money.Cents(a.Cost),
            a.CreatedAt,
            a.ExpiresAt,
            a.ReleasedAt,
            a.CockpitUrl
        );
}

/// <summary>All leases, live and ended.</summary>
internal static class AllocationList
{
    public static readonly ListOf<AllocationRow> List = new(
        "/admin/allocations",
        [("created", nameof(VmAllocation.Sid)), ("expires", nameof(VmAllocation.ExpiresAt))],
        new Dictionary<string, string[]?> { ["status"] = Enum.GetNames<AllocationStatus>() },
        FindAsync
    )
    {
        IsOfCustomers = true,
    };

    private static async Task<Outcome<PageOf<AllocationRow>>> FindAsync(
        OnboardingDb db,
        ListQuery asked,
        CancellationToken cancel
    )
    {
        var page = await Keyset.PageAsync<VmAllocation>(
            db,
            asked.Order,
            asked.After,
            asked.Size,
            rows => Narrow(db, rows, asked),
            cancel
        );
        if (page.IsRefused)
            return page.Refusal;
        var logins = await LoginsAsync(db, page.Value.Rows.Select(a => a.UserSid), cancel);
        return page.Value.As(a => AllocationRow.Of(a, logins.GetValueOrDefault(a.UserSid)));
    }

    /// <summary>The login of each account, for lists that show the customer of a row.</summary>
    public static async Task<IReadOnlyDictionary<string, string?>> LoginsAsync(
        OnboardingDb db,
        IEnumerable<string> sids,
        CancellationToken cancel
    )
    {
        var wanted = sids.Distinct().ToList();
        return await db
            .Accounts.Where(a => wanted.Contains(a.Sid))
            .ToDictionaryAsync(a => a.Sid, a => a.ForgeLogin, cancel);
    }

    private static IQueryable<VmAllocation> Narrow(OnboardingDb db, IQueryable<VmAllocation> rows, ListQuery asked)
    {
        if (asked.Filter("status") is { } name)
        {
            var status = Names.Parse<AllocationStatus>(name);
            rows = rows.Where(a => a.Status == status);
        }
        if (asked.Q is not { } q)
            return rows;
        var (sid, like) = (q.ToUpperInvariant(), asked.Pattern);
        return Names.IsSid(q)
            ? rows.Where(a => a.Sid == sid || a.UserSid == sid)
            : rows.Where(a =>
                EF.Functions.Like(a.PoolVmId!.ToLower(), like, ListQuery.Escape)
                || EF.Functions.Like(a.Address!.ToLower(), like, ListQuery.Escape)
                || EF.Functions.Like(a.MyceliumIp!.ToLower(), like, ListQuery.Escape)
                || EF.Functions.Like(a.Sid.ToLower(), like, ListQuery.Escape)
                || db.Set<Account>()
                    .Any(u => u.Sid == a.UserSid && EF.Functions.Like(u.ForgeLogin!.ToLower(), like, ListQuery.Escape))
            );
    }
}
