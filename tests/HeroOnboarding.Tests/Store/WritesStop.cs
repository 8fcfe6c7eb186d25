using HeroOnboarding.Store;
using HeroOnboarding.Tests.Admin;
using HeroOnboarding.Tests.Support;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace HeroOnboarding.Tests.Stores;

/// <summary>The store can be read but refuses changes: the instance stays in rotation, and pages say so.</summary>
public sealed class WritesStop
{
    private const string Sentence = "Changes cannot be saved right now.";
    private static readonly Actor Tester = new("operator", "tester");

    [Theory, BothDatabases]
    public async Task On_a_full_disk_readiness_stays_and_health_pages_and_an_alarm_say_so_until_it_is_over(Db db)
    {
        await using var portal = await Portal.StartAsync(db, Portal.Machines(1));
        var asha = await portal.SignUpWithPlanAsync("asha");
        using var operators = await portal.OperatorAsync();
        await ExpectFineAsync(portal, asha, operators);

        portal.Crash.Hook = (point, _) =>
        {
            if (point == "before commit")
                throw FullDisk(db);
        };
        for (var call = 0; call < 3; call++)
            (await asha.AllocateAsync()).ExpectRefusal(Refusals.StoreNotWritable);
        Assert.Equal("Healthy", (await portal.Browser().OpenAsync("/health/ready")).Expect(200).Body);
        portal.Clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal("Degraded\nwrites: failing", (await portal.Browser().OpenAsync("/health")).Expect(200).Body);
        var code = db == Db.Sqlite ? "SQLite 13" : "SQLSTATE 53100";
        var page = Markup.Text((await asha.Browser.OpenAsync("/dashboard")).Expect(200).Body);
        Assert.Contains(Sentence, page, StringComparison.Ordinal);
        Assert.DoesNotContain(code, page, StringComparison.Ordinal);
        var overview = Markup.Text((await operators.OpenAsync("/admin")).Expect(200).Body);
        Assert.Contains(code + ":", overview, StringComparison.Ordinal);
        Assert.Contains($"Changes cannot be saved: {code}, ", overview, StringComparison.Ordinal);
        Assert.Contains(code, Assert.Single(Alarms(portal, "Error")), StringComparison.Ordinal);

        portal.Crash.Hook = null;
        portal.Clock.Advance(WriteHealth.Quiet);
        Assert.Equal("Healthy", (await portal.Browser().OpenAsync("/health")).Expect(200).Body);
        Assert.Single(Alarms(portal, "Information"));
        await ExpectFineAsync(portal, asha, operators);
        await ExpectRowAsync(portal);
    }

    /// <summary>On a full disk small changes may still find room.</summary>
    [Theory, BothDatabases]
    public async Task A_change_that_is_saved_ends_it_only_ten_seconds_after_the_last_failure(Db db)
    {
        await using var portal = await Portal.StartAsync(db, Portal.Machines(1));
        var asha = await portal.SignUpWithPlanAsync("asha");
        var moment = TimeSpan.FromMilliseconds(1);
        for (var failure = 0; failure < 2; failure++)
        {
            portal.Crash.Hook = (point, _) =>
            {
                if (point == "before commit")
                    throw FullDisk(db);
            };
            (await asha.AllocateAsync()).ExpectRefusal(Refusals.StoreNotWritable);
            portal.Crash.Hook = null;
            portal.Clock.Advance(WriteHealth.Quiet - moment);
            (await asha.PostAsync("/plan/auto-renew", new { on = true })).Expect(200);
            Assert.Equal("Degraded\nwrites: failing", (await portal.Browser().OpenAsync("/health")).Expect(200).Body);
            await ExpectSentenceAsync(portal, asha, isThere: true);
        }
        portal.Clock.Advance(moment);
        await ExpectSentenceAsync(portal, asha, isThere: true);
        (await asha.PostAsync("/plan/auto-renew", new { on = false })).Expect(200);
        await ExpectSentenceAsync(portal, asha, isThere: false);
        Assert.Equal("Healthy", (await portal.Browser().OpenAsync("/health")).Expect(200).Body);
    }

    [Theory, BothDatabases]
    public async Task Health_saves_a_real_change_at_most_once_a_second_and_readiness_none(Db db)
    {
        await using var portal = await Portal.StartAsync(db);
        var tried = 0;
        portal.Crash.Hook = (point, act) => tried += point == "after commit" && act == "health.write" ? 1 : 0;
        await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => portal.Browser().OpenAsync("/health")));
        Assert.Equal(1, tried);
        portal.Clock.Advance(TimeSpan.FromSeconds(1));
        (await portal.Browser().OpenAsync("/health/ready")).Expect(200);
        Assert.Equal(1, tried);
        Assert.Equal("Healthy", (await portal.Browser().OpenAsync("/health")).Expect(200).Body);
        Assert.Equal(2, tried);
    }

    /// <summary>Nothing else writes here, so only the trial write can find it.</summary>
    [Theory, BothDatabases]
    public async Task A_database_that_became_read_only_is_found_by_the_trial(Db db)
    {
        await using var portal = await Portal.StartAsync(db, ownSchema: true);
        await MakeReadOnlyAsync(portal);
        Assert.Equal("Degraded\nwrites: failing", (await portal.Browser().OpenAsync("/health")).Expect(200).Body);
        Assert.Equal("Healthy", (await portal.Browser().OpenAsync("/health/ready")).Expect(200).Body);
        Assert.Contains(
            db == Db.Sqlite ? "SQLite 8" : "SQLSTATE 25006",
            Assert.Single(Alarms(portal, "Error")),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task A_queue_that_is_full_is_busy_and_no_alarm()
    {
        await using var portal = await Portal.StartAsync(Db.Sqlite);
        portal.Database.Commits.MostWaiting = 0;
        Assert.Equal("Degraded\nwrites: busy", (await portal.Browser().OpenAsync("/health")).Expect(200).Body);
        Assert.Empty(Alarms(portal, "Error"));
    }

    private static Exception FullDisk(Db db) =>
        db == Db.Sqlite
            ? new SqliteException("planted", 13)
            : new PostgresException("planted", "ERROR", "ERROR", "53100");

    /// <summary>On every page, for customers, for people who are not signed in, and on the sign-in page.</summary>
    private static async Task ExpectSentenceAsync(Portal portal, Customer asha, bool isThere)
    {
        foreach (var path in new[] { "/dashboard", "/plan", "/credit", "/account", "/plans" })
            await ExpectAsync(asha.Browser, path);
        foreach (var path in new[] { "/", "/login", "/admin/login" })
            await ExpectAsync(portal.Browser(), path);

        async Task ExpectAsync(Browser browser, string path)
        {
            var page = Markup.Text((await browser.OpenAsync(path)).Expect(200).Body);
            Assert.True(isThere == page.Contains(Sentence, StringComparison.Ordinal), path);
        }
    }

    private static async Task MakeReadOnlyAsync(Portal portal)
    {
        if (portal.Db == Db.Sqlite)
        {
            // SQLite answers this connection as it answers one of a read-only file.
            await portal.Units.RunAsync(
                "pool.stage",
                Tester,
                unit => unit.Db.Database.ExecuteSqlRawAsync("PRAGMA query_only = ON")
            );
            return;
        }
        await using var db = portal.Database.OpenWrite();
        var name = await db.Database.SqlQueryRaw<string>("SELECT current_database()::text AS \"Value\"").SingleAsync();
        var readOnly = $"ALTER DATABASE {name} SET default_transaction_read_only = on";
        await db.Database.ExecuteSqlRawAsync(readOnly);
        await db.Database.ExecuteSqlRawAsync(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE "
                + "datname = current_database() AND pid <> pg_backend_pid()"
        );
        NpgsqlConnection.ClearAllPools();
    }

    private static async Task ExpectFineAsync(Portal portal, Customer asha, Browser operators)
    {
        Assert.DoesNotContain(
            Sentence,
            (await asha.Browser.OpenAsync("/dashboard")).Expect(200).Body,
            StringComparison.Ordinal
        );
        Assert.DoesNotContain(
            Sentence,
            (await operators.OpenAsync("/admin")).Expect(200).Body,
            StringComparison.Ordinal
        );
        Assert.Equal("Healthy", (await portal.Browser().OpenAsync("/health")).Expect(200).Body);
    }

    /// <summary>The row of the alarm is written when there is room again, and closed afterwards.</summary>
    private static async Task ExpectRowAsync(Portal portal)
    {
        Assert.True((await portal.RunJobAsync("alarms.watch"))!.Ok);
        Assert.Null((await RowAsync(portal)).ClearedAt);
        portal.Clock.Advance(TimeSpan.FromMinutes(3));
        Assert.True((await portal.RunJobAsync("alarms.watch"))!.Ok);
        Assert.NotNull((await RowAsync(portal)).ClearedAt);
    }

    private static Task<AlarmRow> RowAsync(Portal portal) =>
        portal.ReadAsync(d => d.Alarms.SingleAsync(a => a.Key == WriteHealth.AlarmKey));

    private static List<string> Alarms(Portal portal, string level) =>
        [
            .. portal.Log.Lines.Where(l =>
                l.StartsWith($"{level} HeroOnboarding.Store.WriteHealth", StringComparison.Ordinal)
            ),
        ];
}
