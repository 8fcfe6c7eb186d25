using System.Security.Cryptography;
using System.Text;
using HeroOnboarding.Store;
using HeroOnboarding.Web;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Pool;

/// <summary>
/// Before the server listens: the sample pool or <c>VM_POOL_JSON</c>. The text is applied only when it changed since it was last applied, so
/// that a restart does not undo a refresh. A store knows whether its machines are samples or real; the two never mix.
/// </summary>
public sealed class ApplyPoolAtStart(Settings settings, Database database, RefreshPool refresh, ILogger<ApplyPoolAtStart> log)
{
    internal const string KindKey = "pool.kind";
    internal const string HashKey = "pool.applied";

    /// <exception cref="SettingsException">The store holds the other kind of machines.</exception>
    public async Task RunAsync(CancellationToken cancel)
    {
        if (!settings.HasPool)
            return;
        var kind = settings.IsDemoPool ? "demo" : "real";
        var text = settings.IsDemoPool ? DemoPool.Json(settings) : settings.VmPoolJson!;
        var hash = Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
        await using (var db = database.Read())
            if (!await IsNewAsync(db, kind, hash))
                return;
        // Asked again inside the unit: another instance may have started at the same time and an operator refreshed since.
        var outcome = await refresh.RunIfAsync(PoolJson.Parse(text, settings.IsDevelopment).Entries, SystemActors.Start, kind == "demo" ? "demo" : "start", async unit =>
        {
            if (!await IsNewAsync(unit.Db, kind, hash))
                return false;
            await SetAsync(unit, KindKey, kind);
            await SetAsync(unit, HashKey, hash);
            return true;
        }, cancel);
        if (outcome.Value is { } done)
            log.LogInformation("Pool applied at start: {Size} machines, {Added} new, {Removed} no longer listed", done.Size, done.Added, done.Removed);
    }

    private static async Task<bool> IsNewAsync(OnboardingDb db, string kind, string hash)
    {
        var meta = await db.Meta.AsNoTracking().Where(m => m.Key == KindKey || m.Key == HashKey).ToDictionaryAsync(m => m.Key, m => m.Value);
        if (meta.TryGetValue(KindKey, out var stored) && stored != kind)
            throw new SettingsException(kind == "demo"
                ? "PROVISIONER_DEMO is on but this store holds real machines; use another DATA_DIR or DATABASE_URL for trying things out."
                : "VM_POOL_JSON is set but this store holds the demo's sample machines; use a fresh DATA_DIR or DATABASE_URL.");
        return !(meta.TryGetValue(HashKey, out var applied) && applied == hash);
    }

    private static Task<int> SetAsync(Unit unit, string key, string value) => unit.Db.Database.ExecuteSqlRawAsync(
        "INSERT INTO meta (key, value) VALUES ({0}, {1}) ON CONFLICT (key) DO UPDATE SET value = excluded.value", key, value);
}

/// <summary>The built-in sample pool.</summary>
internal static class DemoPool
{
    /// <summary>Twelve machines with documentation addresses (RFC 3849) and cockpits on the portal's own start page.</summary>
    public static string Json(Settings settings) => "[" + string.Join(',', Enumerable.Range(1, 12).Select(n =>
        $$"""{"id":"demo-{{n:000}}","address":"2001:db8::{{n:x}}","cockpit_url":"{{settings.Link("/")}}","node":"sample"}""")) + "]";
}
