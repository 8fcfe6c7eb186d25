using System.Net.Sockets;
using Npgsql;

namespace HeroOnboarding.Store.Postgres;

/// <summary>
/// PostgreSQL's SQLSTATE codes (https://www.postgresql.org/docs/current/errcodes-appendix.html) as causes. The server's
/// messages quote users, databases and values and are not used.
/// </summary>
internal static class PostgresCauses
{
    private static readonly Dictionary<string, (string Text, StoreTrouble Trouble)> Known = new(StringComparer.Ordinal)
    {
        ["25006"] = ("the server is read-only, such as a standby", StoreTrouble.NotWritable),
        ["25P03"] = ("a transaction waited longer than the server permits", StoreTrouble.Busy),
        ["25P04"] = ("a transaction lasted longer than the server permits", StoreTrouble.Busy),
        ["28000"] = ("the server lets this user not in", StoreTrouble.Unreachable),
        ["28P01"] = ("the password is wrong", StoreTrouble.Unreachable),
        ["3D000"] = ("there is no such database", StoreTrouble.Unreachable),
        ["40001"] = ("too many races were lost", StoreTrouble.Busy),
        ["40P01"] = ("too many deadlocks", StoreTrouble.Busy),
        ["53100"] = ("the server's disk is full", StoreTrouble.NotWritable),
        ["53200"] = ("the server is out of memory", StoreTrouble.Busy),
        ["53300"] = ("the server takes no more connections", StoreTrouble.Busy),
        ["55P03"] = ("a lock was waited for too long", StoreTrouble.Busy),
        ["57014"] = ("a statement lasted longer than the server permits", StoreTrouble.Busy),
        ["57P01"] = ("the server is shutting down", StoreTrouble.Unreachable),
        ["57P02"] = ("the server crashed", StoreTrouble.Unreachable),
        ["57P03"] = ("the server is starting or stopping", StoreTrouble.Unreachable),
        ["58030"] = ("the server's disk reports an error", StoreTrouble.NotWritable),
    };

    public static bool IsKnown(string state) => Known.ContainsKey(state);

    /// <returns>Null for an exception that is not the database's.</returns>
    public static StoreCause? Of(IReadOnlyList<Exception> chain)
    {
        if (chain.OfType<PostgresException>().FirstOrDefault() is { } error)
        {
            var (text, trouble) = Known.GetValueOrDefault(
                error.SqlState,
                ("the server refused", StoreTrouble.Unreachable)
            );
            return new($"SQLSTATE {error.SqlState}", text, trouble);
        }
        if (chain.OfType<SocketException>().FirstOrDefault() is { } socket)
            return new(
                $"no connection ({socket.SocketErrorCode})",
                "the server cannot be reached",
                StoreTrouble.Unreachable
            );
        if (chain.OfType<TimeoutException>().Any())
            return new(
                "no answer in time",
                "the server, or the portal's own pool of connections, did not answer in time",
                StoreTrouble.Unreachable
            );
        return chain.OfType<NpgsqlException>().Any()
            ? new("connection lost", "the connection broke off", StoreTrouble.Unreachable)
            : null;
    }
}
