using System.Text.Json;
using HeroOnboarding.Store;
using HeroOnboarding.Web;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Pool;

/// <summary>
/// Swaps the whole pool while machines are being handed out: entries go to a staging table in bounded chunks, then one commit writes
/// only the rows that differ. It writes the operator's fields, never condition, lease number or holder — except that an entry whose
/// <c>wiped_lease</c> is the machine's current lease makes it clean.
/// </summary>
public sealed class RefreshPool(Writer writer, TimeProvider clock, ILogger<RefreshPool> log)
{
    private const int Chunk = 1000;
    private const string Fields = "status, address, mycelium_ip, ssh_user, ssh_port, cockpit_url, node, labels";

    /// <summary>Runs the refresh; entries were parsed and checked before.</summary>
    public async Task<Outcome<PoolRefresh>> RunAsync(IReadOnlyList<PoolEntry> entries, Actor actor, string source, CancellationToken cancel = default) =>
        (await RunIfAsync(entries, actor, source, _ => Task.FromResult(true), cancel)).Value!;

    /// <summary>Switches only if <paramref name="still"/> says so inside the unit, when no other refresh can come between; else null.</summary>
    internal async Task<Outcome<PoolRefresh?>> RunIfAsync(IReadOnlyList<PoolEntry> entries, Actor actor, string source, Func<Unit, Task<bool>> still, CancellationToken cancel)
    {
        var sid = Names.NewSid(clock.Now());
        foreach (var chunk in entries.Chunk(Chunk))
            await StageAsync(sid, chunk, cancel);
        return await writer.RunAsync<PoolRefresh?>("pool.refresh", actor, async unit =>
        {
            await unit.Database.LockAsync(unit.Db, "pool.refresh");
            return await still(unit) ? await SwitchAsync(unit, sid, entries.Count, source) : null;
        }, CancellationToken.None);
    }

    private Task StageAsync(string sid, PoolEntry[] chunk, CancellationToken cancel)
    {
        var json = JsonSerializer.Serialize(chunk.Select(e => new
        {
            e.Id,
            Status = Names.Of(e.Status),
            e.Address,
            e.MyceliumIp,
            e.SshUser,
            e.SshPort,
            e.CockpitUrl,
            e.Node,
            e.Labels,
            e.WipedLease,
        }), Json.Options);
        return writer.RunAsync("pool.stage", SystemActors.Start, unit => unit.Db.Database.ExecuteSqlRawAsync(unit.Database.StageSql, sid, json), cancel);
    }

    private async Task<PoolRefresh> SwitchAsync(Unit unit, string sid, int size, string source)
    {
        if (await unit.Db.PoolStaging.CountAsync(e => e.RefreshSid == sid) != size)
            throw new InvalidOperationException("The staged pool is not complete; nothing was switched.");
        var (db, now) = (unit.Db.Database, Instants.ToMicros(unit.Now));
        var before = await unit.Db.PoolVms.CountAsync(vm => vm.Listed);
        var changes = await RefreshDiff.ReadAsync(unit.Db, sid);
        if (await RefreshDiff.StaleWipes(unit.Db, sid).Take(RefreshDiff.MostNamed).ToListAsync() is { Count: > 0 } stale)
            log.LogWarning("The refresh calls older leases wiped than those that wait to be erased; ignored for {Machines}", string.Join(", ", stale));
        var wiped = await db.ExecuteSqlRawAsync(WipedSql, sid, now, unit.Actor.ToString());
        if (wiped > 0)
            await db.ExecuteSqlRawAsync(ErasedSql, sid, now);
        var changed = await db.ExecuteSqlRawAsync(ChangedSql, sid);
        var relisted = await db.ExecuteSqlRawAsync(RelistedSql, sid);
        var added = await db.ExecuteSqlRawAsync(AddedSql, sid, now) + relisted;
        var removed = await db.ExecuteSqlRawAsync(RemovedSql, sid);
        await db.ExecuteSqlRawAsync("DELETE FROM pool_staging WHERE refresh_sid = {0}", sid);
        var row = new PoolRefresh
        {
            Sid = sid,
            At = unit.Now,
            Actor = unit.Actor.ToString(),
            Source = source,
            PrevSize = before,
            Size = size,
            Added = added,
            Removed = removed,
            Changed = changed,
            Kept = size - added,
            Wiped = wiped,
            Changes = JsonSerializer.Serialize(changes, Json.Options),
        };
        unit.Db.PoolRefreshes.Add(row);
        unit.Note("pool", new { row.Source, row.PrevSize, row.Size, row.Added, row.Removed, row.Changed, row.Wiped });
        return row;
    }

    private const string WipedSql = """
        UPDATE pool_vms SET condition = 'clean', free_since = {1}, wiped_at = {1}, wiped_by = {2}, wiped_lease = lease_number, condition_reason = NULL, wipe_failures = 0
        FROM pool_staging s
        WHERE s.refresh_sid = {0} AND s.id = pool_vms.id AND s.wiped_lease = pool_vms.lease_number
          AND pool_vms.condition = 'recycling' AND pool_vms.allocation_sid IS NULL
        """;

    private const string ErasedSql = """
        UPDATE vm_allocations SET erased_at = {1} FROM pool_staging s, pool_vms v
        WHERE s.refresh_sid = {0} AND v.id = s.id AND v.wiped_at = {1} AND v.wiped_lease = v.lease_number
          AND vm_allocations.pool_vm_id = v.id AND vm_allocations.lease_number = v.lease_number AND vm_allocations.erased_at IS NULL
        """;

    private const string ChangedSql = """
        UPDATE pool_vms SET status = s.status, address = s.address, mycelium_ip = s.mycelium_ip, ssh_user = s.ssh_user, ssh_port = s.ssh_port,
               cockpit_url = s.cockpit_url, node = s.node, labels = s.labels,
               proven = pool_vms.proven AND NOT (s.address IS DISTINCT FROM pool_vms.address OR s.mycelium_ip IS DISTINCT FROM pool_vms.mycelium_ip
                 OR s.ssh_port IS DISTINCT FROM pool_vms.ssh_port OR s.cockpit_url IS DISTINCT FROM pool_vms.cockpit_url)
        FROM pool_staging s
        WHERE s.refresh_sid = {0} AND s.id = pool_vms.id AND (s.status <> pool_vms.status OR s.address IS DISTINCT FROM pool_vms.address
          OR s.mycelium_ip IS DISTINCT FROM pool_vms.mycelium_ip OR s.ssh_user IS DISTINCT FROM pool_vms.ssh_user
          OR s.ssh_port IS DISTINCT FROM pool_vms.ssh_port OR s.cockpit_url IS DISTINCT FROM pool_vms.cockpit_url
          OR s.node IS DISTINCT FROM pool_vms.node OR s.labels IS DISTINCT FROM pool_vms.labels)
        """;

    private const string RelistedSql = """
        UPDATE pool_vms SET listed = true FROM pool_staging s WHERE s.refresh_sid = {0} AND s.id = pool_vms.id AND NOT pool_vms.listed
        """;

    private const string AddedSql = $$"""
        INSERT INTO pool_vms (id, listed, condition, lease_number, free_since, created_at, {{Fields}})
        SELECT id, true, 'clean', 0, {1}, {1}, {{Fields}} FROM pool_staging s
        WHERE s.refresh_sid = {0} AND NOT EXISTS (SELECT 1 FROM pool_vms v WHERE v.id = s.id)
        """;

    private const string RemovedSql = """
        UPDATE pool_vms SET listed = false
        WHERE listed AND NOT EXISTS (SELECT 1 FROM pool_staging s WHERE s.refresh_sid = {0} AND s.id = pool_vms.id)
        """;
}
