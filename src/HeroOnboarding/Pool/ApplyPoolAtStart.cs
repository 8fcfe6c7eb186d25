using System.Security.Cryptography;
using System.Text;
using HeroOnboarding.Configuration;
using HeroOnboarding.Store;
using HeroOnboarding.Web;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Pool;

/// <summary>
/// Applies the sample pool or <c>VM_POOL_JSON</c> before the server listens. A text that any instance applied at an
/// earlier start is not applied again: a restart does not undo a refresh, and in a rollout a restarted old instance
/// does not restore the old pool. An operator restores an earlier text by a refresh. A store holds either sample or
/// real machines, never both.
/// </summary>
/// <remarks>
/// The sample pool is applied whenever it differs from the last applied one: it is generated from the settings, and no
/// refresh replaces it.
/// </remarks>
public sealed class ApplyPoolAtStart(
    PoolOptions pool,
    PortalOptions portal,
    Database database,
    UnitOfWorkRunner writer,
    RefreshPool refresh,
    ILogger<ApplyPoolAtStart> log
)
{
    internal const string KindKey = "pool.kind";

    /// <summary>
    /// Key of the hash of the last applied text. Releases before the table <c>pool_applied</c> have this only.
    /// </summary>
    internal const string HashKey = "pool.applied";

    /// <summary>The history of a text in the store.</summary>
    /// <param name="IsLatest">It was the last one that a start applied.</param>
    /// <param name="AppliedAt">When an earlier start applied it; null when none did.</param>
    private sealed record Known(bool IsLatest, DateTimeOffset? AppliedAt);

    /// <exception cref="SettingsException">The store holds the other kind of machines.</exception>
    public async Task RunAsync(CancellationToken cancel)
    {
        if (!pool.HasPool)
            return;
        var text = pool.IsDemoPool ? DemoPool.Json(portal) : pool.VmPoolJson!;
        var hash = Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
        Known known;
        await using (var db = database.Read())
            known = await FindAsync(db, hash);
        if (known.IsLatest)
            log.LogInformation("{Content} was applied before; the pool stays as it is", Content(hash));
        else if (known.AppliedAt is { } at)
            await KeepAsync(hash, at);
        else
            await ApplyAsync(text, hash, cancel);
    }

    private async Task ApplyAsync(string text, string hash, CancellationToken cancel)
    {
        var entries = PoolJson.Parse(text, portal.IsDevelopment).Entries;
        var (source, note) = (pool.IsDemoPool ? "demo" : "start", Content(hash) + " was applied.");
        // Checked again inside the unit: another instance may have started concurrently, and an operator may
        // have refreshed since.
        var outcome = await refresh.RunIfAsync(
            entries,
            SystemActors.Start,
            source,
            note,
            async unit =>
            {
                if (await FindAsync(unit.Db, hash) is not { IsLatest: false, AppliedAt: null })
                    return false;
                // An earlier release recorded its applied text in meta only.
                await unit.Db.Database.ExecuteSqlRawAsync(
                    """
                    INSERT INTO pool_applied (hash, applied_at) SELECT value, {0} FROM meta WHERE key = {1}
                    ON CONFLICT (hash) DO NOTHING
                    """,
                    Instants.ToMicros(unit.Now),
                    HashKey
                );
                await unit.Db.Database.ExecuteSqlRawAsync(
                    """
                    INSERT INTO pool_applied (hash, applied_at) VALUES ({0}, {1})
                    ON CONFLICT (hash) DO UPDATE SET applied_at = excluded.applied_at
                    """,
                    hash,
                    Instants.ToMicros(unit.Now)
                );
                await SetAsync(unit, KindKey, pool.IsDemoPool ? "demo" : "real");
                await SetAsync(unit, HashKey, hash);
                return true;
            },
            cancel
        );
        if (outcome.Value is { } done)
            log.LogInformation(
                "{Content} was applied at start: {Size} machines, {Added} new, {Removed} no longer listed",
                Content(hash),
                done.Size,
                done.Added,
                done.Removed
            );
    }

    /// <summary>
    /// Records in the history of refreshes that an earlier text was not applied; once, however often
    /// the instance restarts.
    /// </summary>
    private async Task KeepAsync(string hash, DateTimeOffset appliedAt)
    {
        var note =
            $"{Content(hash)} was not applied: it was applied before, at {Show.Utc(appliedAt)}. "
            + "To go back to it, refresh the pool with it.";
        log.LogWarning("{Note}", note);
        await using (var db = database.Read())
            if (await IsNewestAsync(db, note))
                return;
        await writer.RunAsync(
            "pool.kept_at_start",
            SystemActors.Start,
            async unit =>
            {
                await unit.Database.LockAsync(unit.Db, "pool.refresh");
                if (!await IsNewestAsync(unit.Db, note))
                    unit.Db.PoolRefreshes.Add(await UnchangedAsync(unit, note));
                unit.Note("pool", new { hash });
            }
        );
    }

    private static async Task<bool> IsNewestAsync(OnboardingDb db, string note) =>
        await db.PoolRefreshes.OrderByDescending(r => r.Sid).Select(r => r.Note).FirstOrDefaultAsync() == note;

    private static async Task<PoolRefresh> UnchangedAsync(Unit unit, string note)
    {
        var size = await unit.Db.PoolVms.CountAsync(vm => vm.Listed);
        return new()
        {
            Sid = unit.NewSid(),
            At = unit.Now,
            Actor = unit.Actor.ToString(),
            Source = "start",
            PrevSize = size,
            Size = size,
            Kept = size,
            Note = note,
        };
    }

    private async Task<Known> FindAsync(OnboardingDb db, string hash)
    {
        var meta = await db
            .Meta.AsNoTracking()
            .Where(m => m.Key == KindKey || m.Key == HashKey)
            .ToDictionaryAsync(m => m.Key, m => m.Value);
        var kind = pool.IsDemoPool ? "demo" : "real";
        if (meta.TryGetValue(KindKey, out var stored) && stored != kind)
            throw new SettingsException(
                kind == "demo"
                    ? "PROVISIONER_DEMO is on but this store holds real machines; use another DATA_DIR or "
                        + "DATABASE_URL for trying things out."
                    : "VM_POOL_JSON is set but this store holds the demo's sample machines; use a fresh DATA_DIR or "
                        + "DATABASE_URL."
            );
        var before = db.AppliedPools.Where(a => a.Hash == hash).Select(a => (DateTimeOffset?)a.AppliedAt);
        var at = pool.IsDemoPool ? null : await before.FirstOrDefaultAsync();
        return new(meta.GetValueOrDefault(HashKey) == hash, at);
    }

    /// <summary>A text for operators: the setting, and the first digits of its SHA-256.</summary>
    private string Content(string hash) =>
        $"{(pool.IsDemoPool ? "The sample pool" : "VM_POOL_JSON")} {hash[..12].ToLowerInvariant()}";

    private static Task<int> SetAsync(Unit unit, string key, string value) =>
        unit.Db.Database.ExecuteSqlRawAsync(
            "INSERT INTO meta (key, value) VALUES ({0}, {1}) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
            key,
            value
        );
}

/// <summary>The built-in sample pool.</summary>
internal static class DemoPool
{
    /// <summary>
    /// Twelve machines with documentation addresses (RFC 3849) whose cockpits are the portal's own start page.
    /// </summary>
    public static string Json(PortalOptions portal) =>
        "["
        + string.Join(
            ',',
            Enumerable
                .Range(1, 12)
                .Select(n =>
                    $$"""{"id":"demo-{{n:000}}","address":"2001:db8::"""
                    + $$"""{{n:x}}","cockpit_url":"{{portal.Link("/")}}","node":"sample"}"""
                )
        )
        + "]";
}
