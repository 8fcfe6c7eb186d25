using System.Diagnostics;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.EntityFrameworkCore.Migrations;
using Npgsql;

namespace HeroOnboarding.Store.Postgres;

/// <summary>
/// Builds the indexes of the model that the database lacks, one after the other, with CREATE INDEX CONCURRENTLY,
/// which does not block writes. An index that an aborted run left invalid is dropped and built again, so the run
/// can be repeated.
/// </summary>
/// <param name="open">Opens a connection without any time limit.</param>
/// <param name="report">Receives a line for the operator.</param>
/// <param name="reportEvery">How often a line reports the progress of one index.</param>
internal sealed class ConcurrentIndexes(Func<Task<NpgsqlConnection>> open, Action<string> report, TimeSpan reportEvery)
{
    private const string StateSql = """
        SELECT c.relname, i.indisvalid FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
        WHERE pg_table_is_visible(i.indexrelid)
        """;

    private const string ProgressSql = """
        SELECT phase
          || CASE WHEN blocks_total > 0 THEN format(', %s of %s blocks', blocks_done, blocks_total) ELSE '' END
          || CASE WHEN lockers_total > lockers_done
             THEN format(', waits for %s transactions', lockers_total - lockers_done) ELSE '' END
        FROM pg_stat_progress_create_index WHERE pid = $1
        """;

    /// <summary>
    /// Names of the unique indexes that the model has and the database lacks or has only as invalid. They enforce
    /// invariants of the store.
    /// </summary>
    public static async Task<IEnumerable<string>> MissingGuardsAsync(OnboardingDb db, CancellationToken cancel)
    {
        await db.Database.OpenConnectionAsync(cancel);
        var state = await ReadAsync((NpgsqlConnection)db.Database.GetDbConnection(), cancel);
        await db.Database.CloseConnectionAsync();
        return Of(db.Model).Where(i => i.IsUnique && !state.GetValueOrDefault(i.Name)).Select(i => i.Name);
    }

    /// <param name="db">
    /// A context whose migrations are all applied and whose SQL generator is <see cref="OnlineMigrationsSql"/>.
    /// </param>
    public async Task BuildAsync(OnboardingDb db, CancellationToken cancel)
    {
        var model = db.GetService<IDesignTimeModel>().Model;
        var generator = (OnlineMigrationsSql)db.GetService<IMigrationsSqlGenerator>();
        await using var connection = await open();
        var state = await ReadAsync(connection, cancel);
        var missing = Of(model).Where(i => !state.GetValueOrDefault(i.Name)).ToList();
        foreach (var (index, n) in missing.Select((index, n) => (index, n + 1)))
        {
            report($"Building index {index.Name} on {index.Table.Name} ({n} of {missing.Count}); writes go on.");
            var since = Stopwatch.GetTimestamp();
            if (state.ContainsKey(index.Name))
                await RunAsync(connection, $"DROP INDEX CONCURRENTLY IF EXISTS \"{index.Name}\"", cancel);
            foreach (var sql in generator.CreateConcurrently(index, model))
                await RunAsync(connection, sql, cancel);
            report($"Built in {Stopwatch.GetElapsedTime(since).TotalSeconds:N1} s.");
        }
    }

    private static IEnumerable<ITableIndex> Of(IModel model) =>
        model.GetRelationalModel().Tables.SelectMany(t => t.Indexes).OrderBy(i => i.Name, StringComparer.Ordinal);

    /// <summary>Name → valid. An index that is being built, or whose building was aborted, is not valid.</summary>
    private static async Task<Dictionary<string, bool>> ReadAsync(NpgsqlConnection connection, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand(StateSql, connection);
        await using var reader = await command.ExecuteReaderAsync(cancel);
        var state = new Dictionary<string, bool>(StringComparer.Ordinal);
        while (await reader.ReadAsync(cancel))
            state[reader.GetString(0)] = reader.GetBoolean(1);
        return state;
    }

    private async Task RunAsync(NpgsqlConnection connection, string sql, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        var build = command.ExecuteNonQueryAsync(cancel);
        while (await Task.WhenAny(build, Task.Delay(reportEvery, cancel)) != build && !cancel.IsCancellationRequested)
            await ReportAsync(connection.ProcessID, cancel);
        await build;
    }

    /// <summary>
    /// A short transaction of its own: the build waits for every transaction that is older than itself.
    /// </summary>
    private async Task ReportAsync(int pid, CancellationToken cancel)
    {
        try
        {
            await using var beside = await open();
            await using var command = new NpgsqlCommand(ProgressSql, beside) { Parameters = { new() { Value = pid } } };
            if (await command.ExecuteScalarAsync(cancel) is string progress)
                report($"  {progress}");
        }
        catch (NpgsqlException e)
        {
            // The server may accept no more connections; the build goes on.
            report($"  No progress to show: SQLSTATE {e.SqlState ?? "none"}.");
        }
    }
}
