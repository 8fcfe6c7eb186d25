using HeroOnboarding.Accounts;
using HeroOnboarding.Configuration;
using HeroOnboarding.Store;
using HeroOnboarding.Tests.Support;
using HeroOnboarding.Web;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;

namespace HeroOnboarding.Tests.Stores;

/// <summary>
/// The schema follows the model, old stores are migrated, and a start never hangs or serves a store that is half
/// migrated.
/// </summary>
public sealed class Migrations
{
    [Theory, BothDatabases]
    public async Task The_migrations_say_what_the_model_says(Db db)
    {
        await using var portal = await Portal.StartAsync(db);
        await using var write = portal.Database.OpenWrite();
        Assert.False(
            write.Database.HasPendingModelChanges(),
            "Add a migration to both contexts: the model has changed."
        );
        Assert.Equal(write.Database.GetMigrations(), await write.Database.GetAppliedMigrationsAsync());
        Assert.Empty(await portal.Database.MissingMigrationsAsync(CancellationToken.None));
    }

    [Theory, BothDatabases]
    public async Task A_store_of_the_first_release_is_brought_up_to_date_and_works(Db db)
    {
        var (name, value) = await FirstRelease.MakeAsync(db);
        await using (var portal = await Portal.StartAsync(db))
        {
            // As an operator would: 'migrate' on PostgreSQL, simply 'serve' on SQLite.
            if (db == Db.Postgres)
                await FirstRelease.WithAsync(name, value, d => d.MigrateAsync(CancellationToken.None));
            await portal.RestartAsync(
                new Dictionary<string, string?> { [name] = value, ["VM_POOL_JSON"] = Portal.Machines(2) }
            );
            await EveryTableKeptItsRowsAsync(portal);
            var browser = portal.Browser();
            browser.SetCookie(Portal.Base, Sessions.CookieName(SessionKind.Customer), FirstRelease.Token);
            var asha = new Customer(portal, browser, FirstRelease.Account);
            (await asha.ReleaseAsync(FirstRelease.Lease)).Expect(200);
            Assert.Equal("vm-0002", (await asha.AllocateAsync()).Expect(201).Text("pool_vm_id"));
            Assert.True((await portal.RunJobAsync("credit.reconcile"))!.Ok);
            Assert.Equal(3, await portal.DeliverAsync());
        }
        await FirstRelease.RemoveAsync(db, value);
    }

    private static async Task EveryTableKeptItsRowsAsync(Portal portal)
    {
        await using var db = portal.Database.OpenWrite();
        Assert.Empty(await db.Database.GetPendingMigrationsAsync());
        foreach (
            var table in db
                .Model.GetEntityTypes()
                .Select(e => e.GetTableName()!)
                .Distinct()
                .Except(FirstRelease.CameLater)
        )
            Assert.True(
                (
                    await db.Database.SqlQueryRaw<long>($"SELECT COUNT(*) AS \"Value\" FROM {table}").ToListAsync()
                ).Single() > 0,
                $"{table} lost its rows, or {nameof(FirstRelease)} has none for it."
            );
    }

    [Fact]
    public async Task A_migration_lock_left_by_a_dead_process_does_not_hang_the_start()
    {
        var folder = Directory.CreateTempSubdirectory("hero-lock-").FullName;
        for (var start = 0; start < 2; start++)
        {
            await using var database = Open("DATA_DIR", folder);
            await database.MigrateAsync(CancellationToken.None).WaitAsync(Hanging.Limit);
            await using var db = database.OpenWrite();
            // As Entity Framework leaves it when its process dies in a migration.
            await db.Database.ExecuteSqlRawAsync(
                """
                CREATE TABLE IF NOT EXISTS "__EFMigrationsLock"
                ("Id" INTEGER NOT NULL PRIMARY KEY, "Timestamp" TEXT NOT NULL)
                """
            );
            await db.Database.ExecuteSqlRawAsync(
                """INSERT INTO "__EFMigrationsLock" VALUES (1, '2026-01-01 00:00:00+00:00')"""
            );
        }
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task A_second_server_on_the_same_SQLite_file_is_refused_with_a_sentence()
    {
        var folder = Directory.CreateTempSubdirectory("hero-second-").FullName;
        await using (Open("DATA_DIR", folder))
        {
            var error = Assert.Throws<SettingsException>(() => Open("DATA_DIR", folder));
            Assert.Contains("Is another server using this folder?", error.Message, StringComparison.Ordinal);
            Assert.StartsWith("DATA_DIR:", error.Message, StringComparison.Ordinal);
        }
        await using (Open("DATA_DIR", folder))
            Assert.True(File.Exists(Path.Combine(folder, "hero-onboarding.sqlite.lock")));
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task On_PostgreSQL_serve_refuses_an_old_schema_and_names_the_command()
    {
        var server = await PostgresServer.SharedAsync();
        var url = await server.CreateDatabaseAsync(migrated: false);
        await using (
            var app = Program.Build(
                AllOptions.Load(new Dictionary<string, string?> { ["DATABASE_URL"] = url }),
                quiet => quiet.Logging.ClearProviders()
            )
        )
        {
            var error = await Assert.ThrowsAsync<SettingsException>(() => Hosting.PrepareAsync(app));
            Assert.Contains("hero-onboarding migrate", error.Message, StringComparison.Ordinal);
        }
        await FirstRelease.WithAsync("DATABASE_URL", url, d => d.MigrateAsync(CancellationToken.None));
        await using (
            var app = Program.Build(AllOptions.Load(new Dictionary<string, string?> { ["DATABASE_URL"] = url }))
        )
            await Hosting.PrepareAsync(app);
        await server.DropDatabaseAsync(url);
    }

    [Theory, BothDatabases]
    public async Task A_schema_that_lacks_a_migration_is_not_ready(Db db)
    {
        await using var portal = await Portal.StartAsync(db, ownSchema: true);
        Assert.Equal("Healthy", (await portal.Browser().SendAsync(HttpMethod.Get, "/health/ready")).Expect(200).Body);
        await portal.AcceptsAsync("""DELETE FROM "__EFMigrationsHistory" """);
        foreach (var path in new[] { "/health/ready", "/health" })
            Assert.Equal("Unhealthy", (await portal.Browser().SendAsync(HttpMethod.Get, path)).Expect(503).Body);
        (await portal.Browser().SendAsync(HttpMethod.Get, "/health/live")).Expect(200);
        Assert.Contains(portal.Log.Lines, l => l.Contains("hero-onboarding migrate", StringComparison.Ordinal));
    }

    private static Database Open(string name, string value) =>
        Database.Open(
            AllOptions.Load(new Dictionary<string, string?> { [name] = value }).Get<StoreOptions>(),
            PortalModel.Rows
        );
}
