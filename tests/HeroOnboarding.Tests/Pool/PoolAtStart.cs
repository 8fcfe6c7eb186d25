using HeroOnboarding.Pool;
using HeroOnboarding.Tests.Admin;
using HeroOnboarding.Tests.Stores;
using HeroOnboarding.Tests.Support;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Tests.Pool;

/// <summary>VM_POOL_JSON counts once: what was applied at a start is not applied at another one.</summary>
public sealed class PoolAtStart
{
    private static readonly string Old = Portal.Machines(2);
    private static readonly string New = Portal.Machines(2, from: 3);

    /// <summary>A rollout: the new text is applied, then an instance with the old settings is restarted.</summary>
    [Theory, BothDatabases]
    public async Task A_restarted_old_instance_does_not_bring_the_old_pool_back(Db db)
    {
        await using var portal = await Portal.StartAsync(db, Old);
        await StartWithAsync(portal, New);
        Assert.Equal(["vm-0003", "vm-0004"], await ListedAsync(portal));
        await StartWithAsync(portal, Old);
        await StartWithAsync(portal, Old);
        Assert.Equal(["vm-0003", "vm-0004"], await ListedAsync(portal));
        Assert.Contains(
            portal.Log.Lines,
            l => l.Contains("was not applied: it was applied before", StringComparison.Ordinal)
        );
        await StartWithAsync(portal, New);
        // The history records it once for two restarts.
        var history = await portal.ReadAsync(d => d.PoolRefreshes.OrderBy(r => r.Sid).ToListAsync());
        Assert.Equal(["start", "start", "start"], history.Select(r => r.Source));
        Assert.EndsWith(" was applied.", history[1].Note, StringComparison.Ordinal);
        Assert.Equal(history[0].Note!.Split(' ')[..2], history[2].Note!.Split(' ')[..2]);
        var kept = history[2];
        Assert.Equal((2, 2, 0, 0, 2), (kept.PrevSize, kept.Size, kept.Added, kept.Removed, kept.Kept));
        using var browser = await portal.OperatorAsync();
        var page = (await browser.OpenAsync("/admin/pool/refreshes")).Expect(200).Body;
        Assert.Contains("To go back to it, refresh the pool with it.", page, StringComparison.Ordinal);
        // The control: the command applies it at once.
        (await portal.RefreshPoolAsync(Old)).Expect(200);
        Assert.Equal(["vm-0001", "vm-0002"], await ListedAsync(portal));
    }

    [Theory, BothDatabases]
    public async Task A_text_that_was_never_applied_is_applied_and_a_plain_restart_writes_nothing(Db db)
    {
        await using var portal = await Portal.StartAsync(db, Old);
        (await portal.RefreshPoolAsync(Portal.Machines(5))).Expect(200);
        await StartWithAsync(portal, Old);
        Assert.Equal(5, (await ListedAsync(portal)).Count);
        Assert.Equal(2, await portal.ReadAsync(d => d.PoolRefreshes.CountAsync()));
        await StartWithAsync(portal, New);
        await StartWithAsync(portal, Portal.Machines(1));
        Assert.Equal(["vm-0001"], await ListedAsync(portal));
    }

    /// <summary>A release before this one wrote only the hash of what it applied last.</summary>
    [Theory, BothDatabases]
    public async Task What_an_older_release_applied_counts_as_well(Db db)
    {
        await using var portal = await Portal.StartAsync(db, Old);
        await portal.AcceptsAsync("DELETE FROM pool_applied");
        await StartWithAsync(portal, New);
        await StartWithAsync(portal, Old);
        Assert.Equal(["vm-0003", "vm-0004"], await ListedAsync(portal));
    }

    /// <summary>
    /// The sample pool is made from the settings: back at the old address, its cockpits must be there again.
    /// </summary>
    [Theory, BothDatabases]
    public async Task The_sample_pool_follows_the_settings(Db db)
    {
        var demo = new Dictionary<string, string?> { ["PROVISIONER_DEMO"] = "true" };
        await using var portal = await Portal.StartAsync(db, null, demo);
        foreach (var address in new[] { "https://two.example.org", "https://localhost" })
        {
            await portal.RestartAsync(new Dictionary<string, string?> { ["PUBLIC_BASE_URL"] = address });
            var cockpit = await portal.ReadAsync(d => d.PoolVms.Select(vm => vm.CockpitUrl).FirstAsync());
            Assert.StartsWith(address, cockpit, StringComparison.Ordinal);
        }
    }

    private static Task StartWithAsync(Portal portal, string pool) =>
        portal.RestartAsync(new Dictionary<string, string?> { ["VM_POOL_JSON"] = pool });

    private static Task<List<string>> ListedAsync(Portal portal) =>
        portal.ReadAsync(d => d.PoolVms.Where(vm => vm.Listed).Select(vm => vm.Id).OrderBy(id => id).ToListAsync());
}
