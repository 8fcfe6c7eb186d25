using HeroOnboarding.Pool;
using HeroOnboarding.Tests.Stores;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Tests.Conventions;

/// <summary>The chapters about machines that are kept out, erased badly, silent, or changed many at once.</summary>
internal sealed partial class AuditStory
{
    private IReadOnlyList<(string Act, string Actor, Func<Task<string?>> Tell)> Replaced =>
        [
            (
                "vm.replace",
                "customer",
                async () =>
                {
                    lease = (await asha.PostAsync("/vm/replace", new { allocation_sid = lease }))
                        .Expect(201)
                        .Text("sid");
                    return asha.Sid;
                }
            ),
        ];

    /// <summary>An old instance in a rollout starts again.</summary>
    private IReadOnlyList<(string Act, string Actor, Func<Task<string?>> Tell)> Starts =>
        [
            (
                "pool.kept_at_start",
                "system",
                async () =>
                {
                    // A text of an earlier start, as an old instance in a rollout brings it.
                    const string earlier = "[]";
                    var hash = Convert.ToHexString(System.Security.Cryptography.SHA256.HashData("[]"u8));
                    await Portal.AcceptsAsync("INSERT INTO pool_applied (hash, applied_at) VALUES ({0}, 1)", hash);
                    await Portal.RestartAsync(new Dictionary<string, string?> { ["VM_POOL_JSON"] = earlier });
                    return "pool";
                }
            ),
        ];

    private IReadOnlyList<(string Act, string Actor, Func<Task<string?>> Tell)> Machines =>
        [
            (
                "pool.quarantine",
                "machine",
                async () =>
                {
                    (
                        await Portal.AdminPostAsync(
                            "/admin/pool-vm-quarantine",
                            new { pool_vm_id = "vm-0003", reason = "as agreed" }
                        )
                    ).Expect(200);
                    return "vm-0003";
                }
            ),
            (
                "pool.lift",
                "machine",
                async () =>
                {
                    (
                        await Portal.AdminPostAsync(
                            "/admin/pool-vm-lift",
                            new { pool_vm_id = "vm-0003", reason = "as agreed" }
                        )
                    ).Expect(200);
                    return "vm-0003";
                }
            ),
            (
                "pool.wipe_failed",
                "machine",
                async () =>
                {
                    await Portal.AcceptsAsync("UPDATE pool_vms SET condition = 'recycling' WHERE id = 'vm-0003'");
                    var lease = await Portal.ReadAsync(d =>
                        d.PoolVms.Where(v => v.Id == "vm-0003").Select(v => v.LeaseNumber).SingleAsync()
                    );
                    (
                        await Portal.AdminPostAsync(
                            "/admin/pool-vm-wipe-failed",
                            new
                            {
                                pool_vm_id = "vm-0003",
                                lease_number = lease,
                                reason = "disk error",
                            }
                        )
                    ).Expect(200);
                    return "vm-0003";
                }
            ),
            (
                "pool.many",
                "machine",
                async () =>
                {
                    var leases = await Portal.ReadAsync(d =>
                        d.PoolVms.OrderBy(v => v.Id).Select(v => v.Id + ":" + v.LeaseNumber).ToListAsync()
                    );
                    (
                        await Portal.AdminPostAsync(
                            "/admin/pool-many",
                            new { action = "maintenance", machines = string.Join(' ', leases) }
                        )
                    ).Expect(200);
                    return "pool";
                }
            ),
            (
                "outbox.refused",
                "system",
                async () =>
                {
                    await Portal.AcceptsAsync("UPDATE outbox SET due_at = 9000000000000000 WHERE done_at IS NULL");
                    await Portal.AcceptsAsync(
                        "INSERT INTO outbox (sid, kind, key, body, created_at, due_at, attempts, stuck) VALUES "
                            + "('odd', 'test.nobody', 'k', '{{}}', 1, 1, 0, false)"
                    );
                    Assert.Equal(1, await Portal.DeliverAsync());
                    return "odd";
                }
            ),
            (
                "alarms.change",
                "system",
                async () =>
                {
                    await Portal.RunJobAsync("alarms.watch");
                    return "alarms";
                }
            ),
            .. Starts,
            (
                "pool.silent",
                "system",
                async () =>
                {
                    // Nothing may be asked at these addresses; what was counted before is enough.
                    await Portal.RestartAsync(
                        new Dictionary<string, string?> { ["PROBE"] = "tcp", ["PROBE_CIDRS"] = "192.0.2.0/24" }
                    );
                    await Portal.AcceptsAsync(
                        "UPDATE pool_vms SET condition = 'clean', status = 'available', allocation_sid = NULL, "
                            + "probe_misses = 3 WHERE id = 'vm-0003'"
                    );
                    await Portal.RunJobAsync("pool.probe");
                    return "pool";
                }
            ),
        ];
}
