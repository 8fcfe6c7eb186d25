using HeroOnboarding.Store.Postgres;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.EntityFrameworkCore.Migrations;
using Microsoft.EntityFrameworkCore.Migrations.Operations;
using Microsoft.EntityFrameworkCore.Storage;

namespace HeroOnboarding.Tests.Stores;

/// <summary>
/// The SQL that <c>migrate</c> makes of the migrations for PostgreSQL: no index is built on a table in use inside a
/// transaction. No database is needed to see it.
/// </summary>
public sealed class IndexesInMigrations
{
    [Fact]
    public void A_migration_creates_indexes_only_on_tables_that_it_creates()
    {
        using var db = Open();
        var (inside, afterwards) = (0, 0);
        foreach (var operations in Migrations(db))
        {
            var sql = SqlOf(db, operations);
            var made = operations.OfType<CreateTableOperation>().Select(o => o.Name).ToHashSet();
            foreach (var index in operations.OfType<CreateIndexOperation>())
            {
                var isInside = made.Contains(index.Table);
                Assert.Equal(isInside, sql.Contains($"INDEX {Quoted(db, index.Name)} ON", StringComparison.Ordinal));
                _ = isInside ? inside++ : afterwards++;
            }
        }
        Assert.True(inside > 0 && afterwards > 0);
    }

    [Fact]
    public void An_index_that_was_never_built_can_be_dropped()
    {
        using var db = Open();
        var dropped = 0;
        foreach (var operations in Migrations(db))
        foreach (var index in operations.OfType<DropIndexOperation>())
        {
            Assert.Contains(
                $"DROP INDEX IF EXISTS {Quoted(db, index.Name)}",
                SqlOf(db, operations),
                StringComparison.Ordinal
            );
            dropped++;
        }
        Assert.True(dropped > 0);
    }

    [Fact]
    public void Every_other_index_is_built_beside_writes()
    {
        using var db = Open();
        var model = db.GetService<IDesignTimeModel>().Model;
        var generator = (OnlineMigrationsSql)db.GetService<IMigrationsSqlGenerator>();
        var indexes = model.GetRelationalModel().Tables.SelectMany(t => t.Indexes).ToList();
        Assert.NotEmpty(indexes);
        foreach (var index in indexes)
            Assert.StartsWith(
                $"CREATE {(index.IsUnique ? "UNIQUE " : "")}INDEX CONCURRENTLY {Quoted(db, index.Name)} ON",
                Assert.Single(generator.CreateConcurrently(index, model)),
                StringComparison.Ordinal
            );
    }

    private static PostgresDb Open() =>
        new(
            new DbContextOptionsBuilder<PostgresDb>()
                .UseNpgsql("Host=nowhere")
                .ReplaceService<IMigrationsSqlGenerator, OnlineMigrationsSql>()
                .Options,
            PortalModel.Rows
        );

    private static IEnumerable<IReadOnlyList<MigrationOperation>> Migrations(PostgresDb db)
    {
        var assembly = db.GetService<IMigrationsAssembly>();
        return assembly.Migrations.Values.Select(type =>
            assembly.CreateMigration(type, db.Database.ProviderName!).UpOperations
        );
    }

    private static string SqlOf(PostgresDb db, IReadOnlyList<MigrationOperation> operations) =>
        string.Join('\n', db.GetService<IMigrationsSqlGenerator>().Generate(operations).Select(c => c.CommandText));

    private static string Quoted(PostgresDb db, string name) =>
        db.GetService<ISqlGenerationHelper>().DelimitIdentifier(name);
}
