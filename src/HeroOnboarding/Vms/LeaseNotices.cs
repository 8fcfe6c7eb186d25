using HeroOnboarding.Accounts;
using HeroOnboarding.Store;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Vms;

/// <summary>
/// Outbox message, and body of the deployer's <c>POST /admin/assign-vm</c>: who holds a machine from now on.
/// </summary>
public sealed record AssignNotice(
    string PoolVmId,
    string AllocationSid,
    long LeaseNumber,
    string? ForgeId,
    string? MyceliumAddress,
    string? SshPublicKey,
    DateTimeOffset ExpiresAt
);

/// <summary>
/// Outbox message, and body of the deployer's <c>POST /admin/release-vm</c>: a machine was given back and waits to be
/// wiped.
/// </summary>
public sealed record ReleaseNotice(
    string PoolVmId,
    string AllocationSid,
    long LeaseNumber,
    DateTimeOffset ReleasedAt,
    string Reason
);

/// <summary>
/// What whoever makes and wipes machines is told of a lease: queued in the commit of the hand-out or release. The
/// deployer delivers it.
/// </summary>
public static class LeaseNotices
{
    public const string AssignKind = "deployer.assign";
    public const string ReleaseKind = "deployer.release";

    /// <summary>Queues "this machine now belongs to …".</summary>
    public static void Assign(Unit unit, VmAllocation a, Account account) =>
        unit.Send(
            AssignKind,
            KeyOf(a.PoolVmId, a.LeaseNumber),
            new AssignNotice(
                a.PoolVmId!,
                a.Sid,
                a.LeaseNumber,
                a.ForgeId,
                account.MyceliumAddress,
                SshPublicKey.Clean(a.SshPublicKey),
                a.ExpiresAt
            )
        );

    /// <summary>
    /// Tells it again for every machine that an account holds, after one of its identities came or went; the lease
    /// keeps what it was made with.
    /// </summary>
    public static async Task AssignAgainAsync(Unit unit, Account account)
    {
        var held = await unit
            .Db.VmAllocations.AsNoTracking()
            .Where(a => a.UserSid == account.Sid && a.Status == AllocationStatus.Active && a.PoolVmId != null)
            .ToListAsync();
        foreach (var a in held)
            unit.Send(
                AssignKind,
                $"{KeyOf(a.PoolVmId, a.LeaseNumber)}:{unit.NewSid()}",
                new AssignNotice(
                    a.PoolVmId!,
                    a.Sid,
                    a.LeaseNumber,
                    account.ForgeId,
                    account.MyceliumAddress,
                    SshPublicKey.Clean(a.SshPublicKey),
                    a.ExpiresAt
                )
            );
    }

    /// <summary>Queues "this machine was given back".</summary>
    public static void Release(Unit unit, VmAllocation a) =>
        unit.Send(ReleaseKind, KeyOf(a.PoolVmId, a.LeaseNumber), NoticeOf(unit, a));

    /// <summary>
    /// Asks once more after an erasure that failed: a new message, since the first one was answered. Failures are
    /// counted anew after a quarantine, so their number is no key.
    /// </summary>
    public static void ReleaseAgain(Unit unit, VmAllocation a) =>
        unit.Send(ReleaseKind, $"{KeyOf(a.PoolVmId, a.LeaseNumber)}:{unit.NewSid()}", NoticeOf(unit, a));

    /// <summary>The key of the notices of a lease.</summary>
    public static string KeyOf(string? poolVmId, long leaseNumber) => $"{poolVmId}:{leaseNumber}";

    private static ReleaseNotice NoticeOf(Unit unit, VmAllocation a) =>
        new(a.PoolVmId!, a.Sid, a.LeaseNumber, a.ReleasedAt ?? unit.Now, a.ReleaseReason ?? "customer");
}
