using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Npgsql;

namespace HeroOnboarding.Bench;

/// <summary>
/// A PostgreSQL server of this run with durable settings: fsync and synchronous_commit on, the
/// defaults except shared_buffers.
/// </summary>
internal sealed class Postgres : IAsyncDisposable
{
    private readonly string folder;
    private readonly string admin;
    private int databases;

    private Postgres(string folder, string admin) => (this.folder, this.admin) = (folder, admin);

    /// <summary>The version of the installed server; null when there is none.</summary>
    public static string? Version() =>
        Bin() is { } bin
            ? Capture($"{bin}/postgres --version")
                .Replace("postgres (PostgreSQL)", "PostgreSQL", StringComparison.Ordinal)
                .Trim()
            : null;

    /// <exception cref="InvalidOperationException">PostgreSQL is not installed or does not start.</exception>
    public static async Task<Postgres> StartAsync(string parent)
    {
        var bin =
            Bin() ?? throw new InvalidOperationException("PostgreSQL is not installed: apt-get install postgresql");
        var folder = Directory.CreateDirectory(Path.Combine(parent, "postgresql")).FullName;
        if (AsUser.Length > 0)
            Capture($"chown postgres {folder}; chmod a+rx {parent}");
        var port = FreePort();
        Capture($"{AsUser}{bin}/initdb -D {folder}/data -U hero -A trust --encoding=UTF8 --locale=C.UTF-8");
        Capture(
            $"{AsUser}{bin}/pg_ctl -D {folder}/data -w -l {folder}/log -o \"-p {port} -c listen_addresses=127.0.0.1 "
                + $"-c unix_socket_directories={folder} -c fsync=on -c synchronous_commit=on -c max_connections=200 "
                + "-c shared_buffers=256MB\" start"
        );
        var postgres = new Postgres(
            folder,
            new NpgsqlConnectionStringBuilder
            {
                Host = "127.0.0.1",
                Port = port,
                Username = "hero",
                Database = "postgres",
            }.ToString()
        );
        await postgres.RunAsync("SELECT 1");
        return postgres;
    }

    public async Task<string> CreateDatabaseAsync()
    {
        var name = $"bench{++databases}";
        await RunAsync("CREATE DATABASE " + name);
        return new NpgsqlConnectionStringBuilder(admin) { Database = name }.ToString();
    }

    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    public ValueTask DisposeAsync()
    {
        NpgsqlConnection.ClearAllPools();
        Capture($"{AsUser}{Bin()}/pg_ctl -D {folder}/data -m immediate stop");
        return ValueTask.CompletedTask;
    }

    private async Task RunAsync(string sql)
    {
        await using var connection = new NpgsqlConnection(admin + ";Pooling=false");
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>PostgreSQL refuses to run as root; its package creates a user for it.</summary>
    private static string AsUser => Environment.UserName == "root" ? "runuser -u postgres -- " : "";

    private static string? Bin() =>
        !Directory.Exists("/usr/lib/postgresql")
            ? null
            : Directory
                .GetDirectories("/usr/lib/postgresql")
                .OrderDescending()
                .Select(d => Path.Combine(d, "bin"))
                .FirstOrDefault(d => File.Exists(Path.Combine(d, "initdb")));

    private static string Capture(string command)
    {
        // The output goes into a file: a server that inherited a pipe would keep it open, and the wait for its
        // end would hang.
        var output = Path.GetTempFileName();
        using var process = Process.Start(
            new ProcessStartInfo("/bin/sh", ["-c", $"({command}) </dev/null >{output} 2>&1"]) { WorkingDirectory = "/" }
        )!;
        process.WaitForExit();
        var said = File.ReadAllText(output);
        File.Delete(output);
        return process.ExitCode == 0 ? said : throw new InvalidOperationException($"'{command}' failed: {said}");
    }
}
