using System.Text.Json;
using HeroOnboarding.Store;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Pool;

/// <summary>
/// Replaces the whole pool while machines are handed out. Entries go to a staging table in chunks. If the details of
/// many machines differ, these are written ahead, a chunk per commit. Then one commit writes the rest and switches what
/// can be handed out. Only rows that differ are written, and only the operator's fields: never condition, lease number
/// or holder, except that an entry whose <c>wiped_lease</c> is the machine's current lease makes it clean.
/// </summary>
public sealed class RefreshPool(
    UnitOfWorkRunner writer,
    Database database,
    TimeProvider clock,
    ILogger<RefreshPool> log
)
{
    internal const int Chunk = 1000;

    /// <summary>The number of concurrent chunks: they share a commit and leave room for hand-outs in it.</summary>
    private const int Together = 4;

    /// <summary>
    /// The differences before details were written ahead: the number of machines, and the first of them by name.
    /// </summary>
    private sealed record WrittenAhead(int Differed, IReadOnlyList<ChangedVm> Changed);

    /// <summary>Runs the refresh; the caller has parsed and checked the entries.</summary>
    public async Task<Outcome<PoolRefresh>> RunAsync(
        IReadOnlyList<PoolEntry> entries,
        Actor actor,
        string source,
        CancellationToken cancel = default
    )
    {
        var sid = Names.NewSid(clock.Now());
        await StageAsync(sid, entries, cancel);
        var ahead = await ChangeAheadAsync(sid, entries, actor, source);
        return (await SwitchIfAsync(sid, entries, actor, source, ahead, _ => Task.FromResult(true))).Value!;
    }

    /// <summary>
    /// Switches only if <paramref name="still"/> returns true inside the unit, where no other refresh can run;
    /// otherwise the result is null.
    /// </summary>
    /// <param name="note">For the history of refreshes.</param>
    internal async Task<Outcome<PoolRefresh?>> RunIfAsync(
        IReadOnlyList<PoolEntry> entries,
        Actor actor,
        string source,
        string? note,
        Func<Unit, Task<bool>> still,
        CancellationToken cancel
    )
    {
        var sid = Names.NewSid(clock.Now());
        await StageAsync(sid, entries, cancel);
        // Nothing is written ahead: only the unit decides whether this content is applied.
        return await SwitchIfAsync(sid, entries, actor, source, null, still, note);
    }

    private async Task<Outcome<PoolRefresh?>> SwitchIfAsync(
        string sid,
        IReadOnlyList<PoolEntry> entries,
        Actor actor,
        string source,
        WrittenAhead? ahead,
        Func<Unit, Task<bool>> still,
        string? note = null
    )
    {
        var outcome = await writer.RunAsync<PoolRefresh?>(
            "pool.refresh",
            actor,
            async unit =>
            {
                await unit.Database.LockAsync(unit.Db, "pool.refresh");
                return await still(unit) ? await SwitchAsync(unit, sid, entries.Count, source, ahead, note) : null;
            },
            CancellationToken.None
        );
        await ClearAsync(sid, entries);
        return outcome;
    }

    private Task StageAsync(string sid, IReadOnlyList<PoolEntry> entries, CancellationToken cancel) =>
        ForChunksAsync(entries, chunk => StageAsync(sid, chunk, cancel), cancel);

    private static Task ForChunksAsync(
        IReadOnlyList<PoolEntry> entries,
        Func<PoolEntry[], Task> work,
        CancellationToken cancel = default
    ) =>
        Parallel.ForEachAsync(
            entries.Chunk(Chunk),
            new ParallelOptions { MaxDegreeOfParallelism = Together, CancellationToken = cancel },
            async (chunk, _) => await work(chunk)
        );

    /// <summary>
    /// Writes details ahead of the switch: one commit that writes a large pool would delay every hand-out. Each row
    /// is valid on its own. The switch compares all rows with the entries again, and so does the next refresh if
    /// this one fails.
    /// </summary>
    /// <returns>The differences; null when they are few and nothing was written ahead.</returns>
    private async Task<WrittenAhead?> ChangeAheadAsync(
        string sid,
        IReadOnlyList<PoolEntry> entries,
        Actor actor,
        string source
    )
    {
        if (entries.Count <= Chunk)
            return null;
        WrittenAhead ahead;
        await using (var db = database.Read())
        {
            var differ = await db.Database.SqlQueryRaw<int>(RefreshSql.Differ, sid).SingleAsync();
            if (differ <= Chunk)
                return null;
            ahead = new(differ, await RefreshDiff.ChangedAsync(db, sid));
        }
        await ForChunksAsync(
            entries,
            chunk =>
                writer.RunAsync(
                    "pool.refresh",
                    actor,
                    async unit =>
                    {
                        await unit.Database.LockAsync(unit.Db, "pool.refresh");
                        unit.Note("pool", new { source, ahead = await RunOnAsync(unit, RefreshSql.Ahead, sid, chunk) });
                    }
                )
        );
        return ahead;
    }

    /// <summary>
    /// Deletes the staged entries, outside the switch, which delays all other units. The job <c>store.prune</c> deletes
    /// what a crash leaves.
    /// </summary>
    private async Task ClearAsync(string sid, IReadOnlyList<PoolEntry> entries)
    {
        try
        {
            await ForChunksAsync(
                entries,
                chunk =>
                    writer.RunAsync(
                        "pool.stage",
                        SystemActors.Start,
                        unit => RunOnAsync(unit, "DELETE FROM pool_staging AS s WHERE s.refresh_sid = {0}", sid, chunk)
                    )
            );
        }
        catch (StoreBusyException)
        {
            // The switch is committed; the job store.prune deletes the staged entries later.
        }
    }

    /// <summary>Runs a statement about staged entries for one chunk of them.</summary>
    private static Task<int> RunOnAsync(Unit unit, string sql, string sid, PoolEntry[] chunk)
    {
        var some = $"{sql} AND s.id IN ({unit.Database.ListSql})";
        return unit.Db.Database.ExecuteSqlRawAsync(some, sid, JsonSerializer.Serialize(chunk.Select(e => e.Id)));
    }

    private Task StageAsync(string sid, PoolEntry[] chunk, CancellationToken cancel)
    {
        var json = JsonSerializer.Serialize(
            chunk.Select(e => new
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
            }),
            Json.Options
        );
        return writer.RunAsync(
            "pool.stage",
            SystemActors.Start,
            unit =>
                unit.Db.Database.ExecuteSqlRawAsync(
                    unit.Database.Dialect(RefreshSql.StageSqlite, RefreshSql.StagePostgres),
                    sid,
                    json
                ),
            cancel
        );
    }

    private async Task<PoolRefresh> SwitchAsync(
        Unit unit,
        string sid,
        int size,
        string source,
        WrittenAhead? ahead,
        string? note
    )
    {
        if (await unit.Db.PoolStaging.CountAsync(e => e.RefreshSid == sid) != size)
            throw new InvalidOperationException("The staged pool is not complete; nothing was switched.");
        var (db, now) = (unit.Db.Database, Instants.ToMicros(unit.Now));
        var before = await unit.Db.PoolVms.CountAsync(vm => vm.Listed);
        var changes = await RefreshDiff.ReadAsync(unit.Db, sid, ahead?.Changed);
        await LogStaleWipesAsync(unit, sid);
        var wiped = await db.ExecuteSqlRawAsync(RefreshSql.Wiped, sid, now, unit.Actor.ToString());
        if (wiped > 0)
            await db.ExecuteSqlRawAsync(RefreshSql.Erased, sid, now);
        var changed = await db.ExecuteSqlRawAsync(RefreshSql.Changed, sid);
        var relisted = await db.ExecuteSqlRawAsync(RefreshSql.Relisted, sid);
        var added = await db.ExecuteSqlRawAsync(RefreshSql.Added, sid, now) + relisted;
        var removed = await db.ExecuteSqlRawAsync(RefreshSql.Removed, sid);
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
            Changed = ahead?.Differed ?? changed,
            Kept = size - added,
            Wiped = wiped,
            Note = note,
            Changes = JsonSerializer.Serialize(changes, Json.Options),
        };
        unit.Db.PoolRefreshes.Add(row);
        Note(unit, row);
        return row;
    }

    private static void Note(Unit unit, PoolRefresh row) =>
        unit.Note(
            "pool",
            new
            {
                row.Source,
                row.PrevSize,
                row.Size,
                row.Added,
                row.Removed,
                row.Changed,
                row.Wiped,
            }
        );

    private async Task LogStaleWipesAsync(Unit unit, string sid)
    {
        var stale = await RefreshDiff.StaleWipes(unit.Db, sid).Take(RefreshDiff.MostNamed).ToListAsync();
        if (stale.Count > 0)
            log.LogWarning(
                "The refresh calls older leases wiped than those that wait to be erased; ignored for {Machines}",
                string.Join(", ", stale)
            );
    }
}
