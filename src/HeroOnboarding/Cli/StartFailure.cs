using System.Net.Sockets;
using HeroOnboarding.Store;
using HeroOnboarding.Store.Postgres;
using HeroOnboarding.Web;
using Microsoft.Data.Sqlite;
using Npgsql;

namespace HeroOnboarding.Cli;

/// <summary>
/// Explains why a command could not open the store or listen, as one sentence: the setting, what is wrong, the next
/// step. It names host, port, database and user; never a password, nor a server's message.
/// </summary>
internal static class StartFailure
{
    /// <returns>Null for an exception that no setting explains.</returns>
    public static string? Explain(StoreOptions store, Exception error)
    {
        Exception[] chain = [.. Database.Chain(error)];
        if (store.DatabaseUrl is { } url)
            return chain.Any(e => e is NpgsqlException or SocketException or TimeoutException)
                ? OfPostgres(PostgresUrl.Read(url.Reveal()), chain)
                : null;
        // errno values: 28 is a full disk, 30 a read-only file system, 122 an exceeded quota.
        if (error is UnauthorizedAccessException or IOException { HResult: 28 or 30 or 122 })
            return Store.Sqlite.FolderTrouble.Of(Path.Combine(store.DataDir, "hero-onboarding.sqlite"), error).Message;
        return
            chain.OfType<SqliteException>().FirstOrDefault() is { } sqlite && Store.Sqlite.SqliteCauses.IsKnown(sqlite)
            ? OfSqlite(store.DataDir, sqlite)
            : null;
    }

    /// <summary>Explains why the server could not listen on the address of LISTEN.</summary>
    public static string? ExplainListen(PortalOptions portal, Exception error)
    {
        Exception[] chain = [.. Database.Chain(error)];
        var socket = chain.OfType<SocketException>().FirstOrDefault()?.SocketErrorCode;
        var (where, port) = (
            portal.Listen,
            Uri.TryCreate(portal.Listen, UriKind.Absolute, out var listen) ? listen.Port : 0
        );
        if (
            chain.OfType<Microsoft.AspNetCore.Connections.AddressInUseException>().Any()
            || socket == SocketError.AddressAlreadyInUse
        )
            return $"LISTEN: {where}: address already in use. Stop the other program, or choose another port.";
        return socket switch
        {
            SocketError.AddressNotAvailable =>
                $"LISTEN: {where}: this machine has no such address. Use one of its own ('ip address' lists "
                    + "them), or 127.0.0.1.",
            SocketError.AccessDenied => $"LISTEN: {where}: this user may not listen on port {port}. Use a port "
                + "from 1024 on behind a proxy, or give the unit AmbientCapabilities=CAP_NET_BIND_SERVICE.",
            not null => $"LISTEN: {where}: cannot listen there ({socket}). Choose another address or port.",
            _ when listen?.Scheme == Uri.UriSchemeHttps && chain.Any(IsAboutCertificate) =>
                $"LISTEN: {where}: there is no certificate for https here. Listen on http, and let the reverse "
                    + "proxy end TLS.",
            _ when chain.OfType<IOException>().Any() =>
                $"LISTEN: {where}: cannot listen there. Choose another address or port.",
            _ => null,
        };
    }

    /// <summary>Kestrel has no exception type for a missing certificate. Its messages are in English.</summary>
    private static bool IsAboutCertificate(Exception error) =>
        error is System.Security.Cryptography.CryptographicException
        || (
            error is InvalidOperationException
            && error.Message.Contains("certificate", StringComparison.OrdinalIgnoreCase)
        );

    /// <returns>Null for an error that no setting explains, such as a wrong migration.</returns>
    private static string? OfPostgres(NpgsqlConnectionStringBuilder to, Exception[] chain)
    {
        var server = $"{to.Host}:{to.Port}";
        var state = chain.OfType<PostgresException>().FirstOrDefault()?.SqlState;
        var socket = chain.OfType<SocketException>().FirstOrDefault()?.SocketErrorCode;
        if (state is not (null or PostgresErrorCodes.InsufficientPrivilege) && !PostgresCauses.IsKnown(state))
            return null;
        return "DATABASE_URL: "
            + (state, socket) switch
            {
                (PostgresErrorCodes.InvalidCatalogName, _) =>
                    $"there is no database '{to.Database}' at {server}. Make it ('createdb -O {to.Username} "
                        + $"{to.Database}'), then run 'hero-onboarding migrate'.",
                (PostgresErrorCodes.InvalidPassword or PostgresErrorCodes.InvalidAuthorizationSpecification, _) =>
                    $"{server} does not let the user '{to.Username}' in ({state}). Check user and password, and "
                        + "pg_hba.conf at the server.",
                (PostgresErrorCodes.InsufficientPrivilege, _) =>
                    $"the user '{to.Username}' may not do this in the database '{to.Database}' at {server}. Let its "
                        + "owner run 'hero-onboarding migrate', or grant the rights.",
                (PostgresErrorCodes.ReadOnlySqlTransaction, _) =>
                    $"{server} is read-only, such as a standby. Name the primary server.",
                (not null, _) => $"{server} refused: {PostgresCauses.Of(chain)!.Code}, "
                    + $"{PostgresCauses.Of(chain)!.Text}. Try again when that is over.",
                (_, SocketError.HostNotFound or SocketError.NoData or SocketError.TryAgain) =>
                    $"the host '{to.Host}' is unknown. Check the name, and the DNS of this machine.",
                (_, SocketError.ConnectionRefused) =>
                    $"the connection to {server} was refused. Does PostgreSQL run there, and is the port right?",
                (_, not null) =>
                    $"{server} cannot be reached ({socket}). Check the address, the network and the firewall.",
                _ when chain.OfType<TimeoutException>().Any() =>
                    $"{server} did not answer in time. Check the address, the network and the firewall.",
                _ => $"{server} broke the connection off. Is it PostgreSQL, and does sslmode fit?",
            };
    }

    private static string OfSqlite(string folder, SqliteException error) =>
        $"DATA_DIR: {folder}: "
        + error.SqliteErrorCode switch
        {
            11 => "hero-onboarding.sqlite is damaged. Keep it, and put a backup in its place (docs/operations.md, "
                + "The store).",
            13 => "the disk is full. Make room, then start again; nothing is lost.",
            26 => "hero-onboarding.sqlite is not a SQLite database. Move it away, or put a backup in its place.",
            8 or 14 => $"the user '{Environment.UserName}' may not write hero-onboarding.sqlite there. Give it the "
                + $"folder and its files: chown -R {Environment.UserName} {folder}",
            _ => $"the store cannot be opened: {Store.Sqlite.SqliteCauses.Of(error).Code}, "
                + $"{Store.Sqlite.SqliteCauses.Of(error).Text}.",
        };
}
