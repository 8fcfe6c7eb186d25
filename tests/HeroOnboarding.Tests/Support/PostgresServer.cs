using System.Collections.Concurrent;
using System.Diagnostics;
using HeroOnboarding.Store;
using Npgsql;

namespace HeroOnboarding.Tests.Support;

/// <summary>
/// A PostgreSQL server of the test run, in a temporary folder on a free port, without fsync, with a template database
/// that tests copy. Without PostgreSQL on the machine these tests fail with a message; they are never skipped.
/// </summary>
public sealed class PostgresServer
{
    private static readonly Lazy<Task<PostgresServer>> Started = new(StartAsync);

    /// <summary>
    /// More rows than this are dropped with their database: what they leave behind would slow down the next test.
    /// </summary>
    private const int MostLeftovers = 2_000;

    private readonly string admin;
    private readonly string emptying;
    private readonly ConcurrentBag<string> clean = [];
    private int databases;

    private PostgresServer(string admin, string emptying) => (this.admin, this.emptying) = (admin, emptying);

    public static Task<PostgresServer> SharedAsync() => Started.Value;

    /// <summary>A fresh database with the schema, or an empty one.</summary>
    public async Task<string> CreateDatabaseAsync(bool migrated = true)
    {
        var name = $"t{Interlocked.Increment(ref databases)}";
        await RunAsync(
            admin,
            migrated ? $"CREATE DATABASE {name} TEMPLATE hero_template STRATEGY FILE_COPY" : $"CREATE DATABASE {name}"
        );
        return new NpgsqlConnectionStringBuilder(admin) { Database = name }.ToString();
    }

    /// <summary>
    /// A database with the schema and no rows; one that another test has given back, where there is one.
    /// </summary>
    public async Task<string> TakeDatabaseAsync() => clean.TryTake(out var url) ? url : await CreateDatabaseAsync();

    /// <summary>Empties a database for the next test. Making one from the template costs ten times as much.</summary>
    public async Task GiveBackAsync(string url)
    {
        try
        {
            if (await RunAsync(url, emptying) <= MostLeftovers)
            {
                clean.Add(url);
                return;
            }
        }
        catch (PostgresException)
        {
            // Gone, or held by something that the test left behind.
        }
        await DropDatabaseAsync(url);
    }

    public Task DropDatabaseAsync(string url) =>
        RunAsync(admin, $"DROP DATABASE IF EXISTS {new NpgsqlConnectionStringBuilder(url).Database} WITH (FORCE)");

    /// <returns>How many rows were changed.</returns>
    public static async Task<int> RunAsync(string url, string sql)
    {
        await using var connection = new NpgsqlConnection(
            new NpgsqlConnectionStringBuilder(url)
            {
                Pooling = false,
                Timeout = (int)Hanging.Limit.TotalSeconds,
            }.ToString()
        );
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection)
        {
            CommandTimeout = (int)Hanging.Limit.TotalSeconds,
        };
        return await command.ExecuteNonQueryAsync();
    }

    private static async Task<PostgresServer> StartAsync()
    {
        var bin = Directory.Exists("/usr/lib/postgresql")
            ? Directory
                .GetDirectories("/usr/lib/postgresql")
                .OrderDescending()
                .Select(d => Path.Combine(d, "bin"))
                .FirstOrDefault(d => File.Exists(Path.Combine(d, "initdb")))
            : null;
        if (bin is null)
            throw new InvalidOperationException(
                "PostgreSQL is not installed (no /usr/lib/postgresql/*/bin/initdb); ./check installs it, or run: "
                    + "apt-get install postgresql"
            );
        var folder = Directory.CreateTempSubdirectory("hero-pg-").FullName;
        // PostgreSQL refuses to run as root; the package made a user for it.
        var asUser = Environment.UserName == "root" ? "runuser -u postgres -- " : "";
        if (asUser.Length > 0)
            Shell($"chown postgres {folder}");
        var port = FreePorts.Next();
        Shell($"{asUser}{bin}/initdb -D {folder}/data -U hero -A trust --no-sync --encoding=UTF8 --locale=C.UTF-8");
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Stop(asUser, bin, folder);
        Shell(
            $"{asUser}{bin}/pg_ctl -D {folder}/data -w -t {Hanging.Limit.TotalSeconds:0} -l {folder}/log -o \"-p "
                + $"{port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder} -c fsync=off -c "
                + "synchronous_commit=off -c full_page_writes=off -c max_connections=400 -c shared_buffers=128MB "
                + "-c autovacuum=off\" start"
        );
        var admin = new NpgsqlConnectionStringBuilder
        {
            Host = "127.0.0.1",
            Port = port,
            Username = "hero",
            Database = "postgres",
        }.ToString();
        await RunAsync(admin, "CREATE DATABASE hero_template");
        var template = new NpgsqlConnectionStringBuilder(admin) { Database = "hero_template" }.ToString();
        await using (
            var database = Database.Open(
                AllOptions.Load(new Dictionary<string, string?> { ["DATABASE_URL"] = template }).Get<StoreOptions>(),
                PortalModel.Rows
            )
        )
            await database.MigrateAsync(CancellationToken.None);
        NpgsqlConnection.ClearAllPools();
        return new PostgresServer(admin, await EmptyingAsync(template));
    }

    /// <summary>
    /// Deletes every row of every table. Triggers and foreign keys sleep meanwhile (some tables refuse DELETE); a fresh
    /// database has no rows but those of its migrations.
    /// </summary>
    private static async Task<string> EmptyingAsync(string template)
    {
        await using var connection = new NpgsqlConnection(
            new NpgsqlConnectionStringBuilder(template) { Pooling = false }.ToString()
        );
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> '__EFMigrationsHistory' "
                + "ORDER BY tablename",
            connection
        );
        await using var reader = await command.ExecuteReaderAsync();
        var sql = new System.Text.StringBuilder(
            "SET lock_timeout = '2s'; SET session_replication_role = replica; BEGIN; "
        );
        while (await reader.ReadAsync())
            sql.Append("DELETE FROM \"").Append(reader.GetString(0)).Append("\"; ");
        return sql.Append("COMMIT").ToString();
    }

    private static void Stop(string asUser, string bin, string folder)
    {
        try
        {
            Shell($"{asUser}{bin}/pg_ctl -D {folder}/data -m immediate stop");
            Directory.Delete(folder, recursive: true);
        }
        catch (Exception e) when (e is InvalidOperationException or IOException or UnauthorizedAccessException)
        {
            Console.Error.WriteLine($"The test database in {folder} was not removed: {e.Message}");
        }
    }

    private static void Shell(string command)
    {
        // The server inherits no handles: a child that keeps our pipes open would keep this wait open too.
        var output = Path.GetTempFileName();
        using var process = Process.Start(
            new ProcessStartInfo("/bin/sh", ["-c", $"{command} </dev/null >{output} 2>&1"]) { WorkingDirectory = "/" }
        )!;
        process.WaitForExit();
        var said = File.ReadAllText(output);
        File.Delete(output);
        if (process.ExitCode != 0)
            throw new InvalidOperationException($"'{command}' failed: {said}");
    }
}
