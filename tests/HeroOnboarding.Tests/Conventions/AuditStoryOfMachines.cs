using HeroOnboarding.Pool;
using HeroOnboarding.Tests.Stores;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Tests.Conventions;

/// <summary>Machines in quarantine, with a failed wipe, silent, or changed many at a time.</summary>
internal sealed class AuditStoryOfMachines(AuditStory story)
{
    private const string Machine = "vm-0003";

    public IReadOnlyList<AuditChapter> Chapters =>
        [
            new("pool.quarantine", "machine", () => ReportAsync("/admin/pool-vm-quarantine")),
            new("pool.lift", "machine", () => ReportAsync("/admin/pool-vm-lift")),
            new("pool.wipe_failed", "machine", FailWipeAsync),
            new("pool.many", "machine", ChangeManyAsync),
            new("outbox.refused", "system", DeliverUnknownKindAsync),
            new("alarms.change", "system", WatchAsync),
            new("pool.kept_at_start", "system", StartWithOldPoolAsync),
            new("pool.silent", "system", ProbeSilentAsync),
        ];

    private Task<string?> ReportAsync(string path) =>
        story.AdminAsync(path, new { pool_vm_id = Machine, reason = "as agreed" }, Machine);

    private async Task<string?> FailWipeAsync()
    {
        await story.Portal.AcceptsAsync($"UPDATE pool_vms SET condition = 'recycling' WHERE id = '{Machine}'");
        var lease = await story.Portal.ReadAsync(d =>
            d.PoolVms.Where(v => v.Id == Machine).Select(v => v.LeaseNumber).SingleAsync()
        );
        return await story.AdminAsync(
            "/admin/pool-vm-wipe-failed",
            new
            {
                pool_vm_id = Machine,
                lease_number = lease,
                reason = "disk error",
            },
            Machine
        );
    }

    private async Task<string?> ChangeManyAsync()
    {
        var leases = await story.Portal.ReadAsync(d =>
            d.PoolVms.OrderBy(v => v.Id).Select(v => v.Id + ":" + v.LeaseNumber).ToListAsync()
        );
        return await story.AdminAsync(
            "/admin/pool-many",
            new { action = "maintenance", machines = string.Join(' ', leases) },
            "pool"
        );
    }

    private async Task<string?> DeliverUnknownKindAsync()
    {
        await story.Portal.AcceptsAsync("UPDATE outbox SET due_at = 9000000000000000 WHERE done_at IS NULL");
        await story.Portal.AcceptsAsync(
            "INSERT INTO outbox (sid, kind, key, body, created_at, due_at, attempts, stuck) VALUES "
                + "('odd', 'test.nobody', 'k', '{{}}', 1, 1, 0, false)"
        );
        Assert.Equal(1, await story.Portal.DeliverAsync());
        return "odd";
    }

    private async Task<string?> WatchAsync()
    {
        await story.Portal.RunJobAsync("alarms.watch");
        return "alarms";
    }

    /// <summary>An old instance in a rollout restarts with a pool that was applied before.</summary>
    private async Task<string?> StartWithOldPoolAsync()
    {
        const string earlier = "[]";
        var hash = Convert.ToHexString(System.Security.Cryptography.SHA256.HashData("[]"u8));
        await story.Portal.AcceptsAsync("INSERT INTO pool_applied (hash, applied_at) VALUES ({0}, 1)", hash);
        await story.Portal.RestartAsync(new Dictionary<string, string?> { ["VM_POOL_JSON"] = earlier });
        return "pool";
    }

    private async Task<string?> ProbeSilentAsync()
    {
        // No address of the pool may be probed; the misses that are stored are enough.
        await story.Portal.RestartAsync(
            new Dictionary<string, string?> { ["PROBE"] = "tcp", ["PROBE_CIDRS"] = "192.0.2.0/24" }
        );
        await story.Portal.AcceptsAsync(
            "UPDATE pool_vms SET condition = 'clean', status = 'available', allocation_sid = NULL, "
                + $"probe_misses = 3 WHERE id = '{Machine}'"
        );
        await story.Portal.RunJobAsync("pool.probe");
        return "pool";
    }
}
