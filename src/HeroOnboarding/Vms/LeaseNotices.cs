using HeroOnboarding.Accounts;
using HeroOnboarding.Store;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Vms;

/// <summary>
/// Outbox message, and body of the deployer's <c>POST /admin/assign-vm</c>: the new holder of a machine.
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
/// Outbox message, and body of the deployer's <c>POST /admin/release-vm</c>: a machine was given back and waits
/// to be wiped.
/// </summary>
public sealed record ReleaseNotice(
    string PoolVmId,
    string AllocationSid,
    long LeaseNumber,
    DateTimeOffset ReleasedAt,
    string Reason
);

/// <summary>Queues the notices to the deployer about a lease, in the commit of the hand-out or release.</summary>
public static class LeaseNotices
{
    public const string AssignKind = "deployer.assign";
    public const string ReleaseKind = "deployer.release";

    /// <summary>Queues the notice that a machine has a new holder.</summary>
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
    /// Queues that notice again for every machine that an account holds, after one of its identities was added or
    /// removed. The lease keeps the identities of its start.
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

    /// <summary>Queues the notice that a machine was given back.</summary>
    public static void Release(Unit unit, VmAllocation a) =>
        unit.Send(ReleaseKind, KeyOf(a.PoolVmId, a.LeaseNumber), NoticeOf(unit, a));

    /// <summary>
    /// Queues the release notice again after a failed erasure. It needs a new key, since the first message was
    /// answered. The number of failures cannot be part of the key: it restarts after a quarantine.
    /// </summary>
    public static void ReleaseAgain(Unit unit, VmAllocation a) =>
        unit.Send(ReleaseKind, $"{KeyOf(a.PoolVmId, a.LeaseNumber)}:{unit.NewSid()}", NoticeOf(unit, a));

    /// <summary>The key of the notices of a lease.</summary>
    public static string KeyOf(string? poolVmId, long leaseNumber) => $"{poolVmId}:{leaseNumber}";

    private static ReleaseNotice NoticeOf(Unit unit, VmAllocation a) =>
        new(a.PoolVmId!, a.Sid, a.LeaseNumber, a.ReleasedAt ?? unit.Now, a.ReleaseReason ?? "customer");
}
