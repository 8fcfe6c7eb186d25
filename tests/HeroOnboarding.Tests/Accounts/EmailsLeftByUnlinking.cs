using HeroOnboarding.Accounts;
using HeroOnboarding.Tests.Stores;
using HeroOnboarding.Tests.Support;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace HeroOnboarding.Tests.Accounts;

/// <summary>
/// Stores that still have the e-mail address of an unlinked Forge identity, as an older version kept it.
/// </summary>
public sealed class EmailsLeftByUnlinking
{
    private const string Rows = """
        INSERT INTO accounts
        (sid, forge_issuer, forge_id, mycelium_address, email, kyc_status, balance, created_at, last_sign_in_at) VALUES
        ('01JDDDDDDDDDDDDDDDDDDDDDD1', NULL, NULL, '400::1', 'left@users.example', 'pending', 0, 1, 1),
        ('01JDDDDDDDDDDDDDDDDDDDDDD2', 'https://forge.test', '7', NULL, 'kept@users.example', 'pending', 0, 1, 1)
        """;

    [Theory, BothDatabases]
    public async Task The_upgrade_removes_them_and_keeps_those_of_linked_Forges(Db db)
    {
        var (name, value) =
            db == Db.Sqlite
                ? ("DATA_DIR", Directory.CreateTempSubdirectory("hero-emails-").FullName)
                : ("DATABASE_URL", await (await PostgresServer.SharedAsync()).CreateDatabaseAsync(migrated: false));
        await FirstRelease.WithAsync(
            name,
            value,
            async database =>
            {
                await using var write = database.OpenWrite();
                var migrator = write.GetService<IMigrator>();
                var before = write
                    .Database.GetMigrations()
                    .TakeWhile(m => !m.EndsWith("_KnownBrowsers", StringComparison.Ordinal))
                    .Last();
                await migrator.MigrateAsync(before);
                await write.Database.ExecuteSqlRawAsync(Rows);
                await migrator.MigrateAsync();
                var now = await write
                    .Accounts.OrderBy(a => a.Sid)
                    .Select(a => new { a.Email, a.EmailVerified })
                    .ToListAsync();
                Assert.Equal(
                    [(null, false), ("kept@users.example", false)],
                    now.Select(a => (a.Email, a.EmailVerified))
                );
            }
        );
        await FirstRelease.RemoveAsync(db, value);
    }
}
