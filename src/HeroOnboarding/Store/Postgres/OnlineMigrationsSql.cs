using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.EntityFrameworkCore.Migrations;
using Microsoft.EntityFrameworkCore.Migrations.Operations;
using Npgsql.EntityFrameworkCore.PostgreSQL.Infrastructure.Internal;
using Npgsql.EntityFrameworkCore.PostgreSQL.Migrations;

namespace HeroOnboarding.Store.Postgres;

/// <summary>
/// The SQL of migrations for a database that is in use. CREATE INDEX on a table with rows stops every write to it
/// until the index is built, so a migration creates indexes only on tables that it creates itself. All others are
/// built by <see cref="ConcurrentIndexes"/> afterwards.
/// </summary>
#pragma warning disable EF1001 // the constructor of the provider's generator takes an internal type
internal sealed class OnlineMigrationsSql(
    MigrationsSqlGeneratorDependencies dependencies,
    INpgsqlSingletonOptions options
) : NpgsqlMigrationsSqlGenerator(dependencies, options)
#pragma warning restore EF1001
{
    /// <summary>Npgsql's annotation for CREATE INDEX CONCURRENTLY outside a transaction.</summary>
    private const string CreatedConcurrently = "Npgsql:CreatedConcurrently";

    public override IReadOnlyList<MigrationCommand> Generate(
        IReadOnlyList<MigrationOperation> operations,
        IModel? model = null,
        MigrationsSqlGenerationOptions options = MigrationsSqlGenerationOptions.Default
    )
    {
        var made = operations.OfType<CreateTableOperation>().Select(o => o.Name).ToHashSet(StringComparer.Ordinal);
        var now = operations.Where(o => o is not CreateIndexOperation index || made.Contains(index.Table));
        return base.Generate([.. now.Select(Droppable)], model, options);
    }

    /// <summary>
    /// The commands that build one index while the table is written to. They must run outside a transaction.
    /// </summary>
    public IEnumerable<string> CreateConcurrently(ITableIndex index, IModel model)
    {
        var operation = CreateIndexOperation.CreateFrom(index);
        operation[CreatedConcurrently] = true;
        return base.Generate([operation], model).Select(c => c.CommandText);
    }

    /// <summary>
    /// An index that a pending migration would have created, and a later pending one drops, was never built.
    /// </summary>
    private MigrationOperation Droppable(MigrationOperation operation)
    {
        if (operation is not DropIndexOperation drop)
            return operation;
        var name = Dependencies.SqlGenerationHelper.DelimitIdentifier(drop.Name, drop.Schema);
        return new SqlOperation { Sql = $"DROP INDEX IF EXISTS {name}" };
    }
}
