using HeroOnboarding.Store;
using HeroOnboarding.Tests.Support;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace HeroOnboarding.Tests.Stores;

/// <summary>
/// When the store fails, pages name the failure, and the log its cause: a line per cause and second, with the
/// database's code and without values.
/// </summary>
public sealed class CausesInTheLog
{
    [Theory]
    [InlineData(5, "Busy", "SQLite 5, another connection holds the file")]
    [InlineData(8, "NotWritable", "SQLite 8, the file or its folder is read-only")]
    [InlineData(10, "NotWritable", "SQLite 10, the disk reports an error")]
    [InlineData(13, "NotWritable", "SQLite 13, the disk is full")]
    [InlineData(14, "Unreachable", "SQLite 14, the file cannot be opened")]
    public async Task SQLite_failures_are_told_apart(int code, string trouble, string line) =>
        await ExpectAsync(
            Db.Sqlite,
            () => new SqliteException("planted value", code),
            Enum.Parse<StoreTrouble>(trouble),
            line
        );

    [Theory]
    [InlineData("25006", "NotWritable", "SQLSTATE 25006, the server is read-only")]
    [InlineData("25P03", "Busy", "SQLSTATE 25P03, a transaction waited longer than the server permits")]
    [InlineData("25P04", "Busy", "SQLSTATE 25P04, a transaction lasted longer than the server permits")]
    [InlineData("28000", "Unreachable", "SQLSTATE 28000, the server lets this user not in")]
    [InlineData("28P01", "Unreachable", "SQLSTATE 28P01, the password is wrong")]
    [InlineData("53100", "NotWritable", "SQLSTATE 53100, the server's disk is full")]
    [InlineData("53300", "Busy", "SQLSTATE 53300, the server takes no more connections")]
    [InlineData("55P03", "Busy", "SQLSTATE 55P03, a lock was waited for too long")]
    [InlineData("57014", "Busy", "SQLSTATE 57014, a statement lasted longer than the server permits")]
    [InlineData("57P01", "Unreachable", "SQLSTATE 57P01, the server is shutting down")]
    [InlineData("58030", "NotWritable", "SQLSTATE 58030, the server's disk reports an error")]
    public async Task PostgreSQL_failures_are_told_apart(string state, string trouble, string line) =>
        await ExpectAsync(
            Db.Postgres,
            () => new PostgresException("planted value", "FATAL", "FATAL", state),
            Enum.Parse<StoreTrouble>(trouble),
            line
        );

    /// <summary>Nobody listens on the port, as when PostgreSQL is stopped: the driver's own exception.</summary>
    [Fact]
    public async Task A_server_that_is_not_there_is_told_apart() =>
        await ExpectAsync(
            Db.Postgres,
            () =>
            {
                using var nobody = new NpgsqlConnection("Host=127.0.0.1;Port=1;Username=planted;Pooling=false");
                return Assert.Throws<NpgsqlException>(nobody.Open);
            },
            StoreTrouble.Unreachable,
            "no connection (ConnectionRefused), the server cannot be reached"
        );

    [Fact]
    public async Task A_server_that_does_not_answer_in_time_is_told_apart() =>
        await ExpectAsync(
            Db.Postgres,
            () => new NpgsqlException("planted", new TimeoutException("planted")),
            StoreTrouble.Unreachable,
            "no answer in time, the server, or the portal's own pool of connections, did not answer in time"
        );

    [Theory, BothDatabases]
    public async Task Many_failures_of_one_cause_in_a_second_are_one_line_and_the_next_one_says_how_many(Db db)
    {
        await using var portal = await Portal.StartAsync(db, Portal.Machines(1));
        var asha = await portal.SignUpWithPlanAsync("asha");
        Exception full =
            db == Db.Sqlite
                ? new SqliteException("planted", 13)
                : new PostgresException("planted", "ERROR", "ERROR", "53100");
        Exception lost = db == Db.Sqlite ? new SqliteException("planted", 14) : new NpgsqlException("planted");
        portal.Crash.Hook = (point, act) =>
        {
            if (point == "before commit" && act == "vm.allocate")
                throw full;
        };
        for (var call = 0; call < 5; call++)
            (await asha.AllocateAsync()).ExpectRefusal(Refusals.StoreNotWritable);
        Assert.Equal([1], CountsOf(portal));
        portal.Crash.Hook = (point, act) =>
        {
            if (point == "before commit" && act == "vm.allocate")
                throw lost;
        };
        (await asha.AllocateAsync()).ExpectRefusal(Refusals.StoreUnreachable);
        Assert.Equal([1, 1], CountsOf(portal));
        portal.Crash.Hook = (point, act) =>
        {
            if (point == "before commit" && act == "vm.allocate")
                throw full;
        };
        portal.Clock.Advance(TimeSpan.FromSeconds(1));
        (await asha.AllocateAsync()).ExpectRefusal(Refusals.StoreNotWritable);
        Assert.Equal([1, 1, 5], CountsOf(portal));
        portal.Crash.Hook = null;
        (await asha.AllocateAsync()).Expect(201);
        Assert.DoesNotContain(
            portal.Log.Lines,
            l => l.Contains("planted", StringComparison.Ordinal) || l.Contains("unhandled", StringComparison.Ordinal)
        );
    }

    /// <summary>A fail-over: every request reads the session's row first, and fails there.</summary>
    [Fact]
    public async Task Reads_that_fail_because_the_server_is_gone_are_one_line_a_second_and_no_unhandled_exception()
    {
        await using var portal = await Portal.StartAsync(Db.Postgres, Portal.Machines(1));
        var asha = await portal.SignUpWithPlanAsync("asha");
        var url = await portal.ReadAsync(d => Task.FromResult(d.Database.GetConnectionString()!));
        await (await PostgresServer.SharedAsync()).DropDatabaseAsync(url).WaitAsync(Hanging.Limit);
        var pages = new List<Reply>();
        for (var visit = 0; visit < 20; visit++)
            pages.Add(await asha.Browser.OpenAsync(visit % 2 == 0 ? "/dashboard" : "/credit").WaitAsync(Hanging.Limit));
        foreach (var page in pages)
        {
            Assert.Contains(Refusals.StoreUnreachable.Title, page.Expect(503).Body, StringComparison.Ordinal);
            Assert.DoesNotContain(Refusals.StoreBusy.Title, page.Body, StringComparison.Ordinal);
        }
        var lines = portal
            .Log.Lines.Where(l =>
                l.StartsWith("Error", StringComparison.Ordinal) || l.StartsWith("Warning", StringComparison.Ordinal)
            )
            .ToList();
        Assert.All(lines, l => Assert.Contains("Read failed, 1 since the last such line", l, StringComparison.Ordinal));
        // The connection that was open breaks off with one code, all others are refused with another.
        Assert.Equal(lines.Count, lines.Select(l => l.Split("since")[1].Split(':')[^1]).Distinct().Count());
        Assert.Contains(lines, l => l.Contains("SQLSTATE 3D000, there is no such database", StringComparison.Ordinal));
        Assert.DoesNotContain(portal.Log.Lines, l => l.Contains("unhandled", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Readiness_says_why_once_a_second_however_often_it_is_asked()
    {
        await using var portal = await Portal.StartAsync(Db.Postgres);
        await (await PostgresServer.SharedAsync())
            .DropDatabaseAsync(await portal.ReadAsync(d => Task.FromResult(d.Database.GetConnectionString()!)))
            .WaitAsync(Hanging.Limit);
        for (var asked = 0; asked < 10; asked++)
            (await portal.Browser().OpenAsync("/health/ready").WaitAsync(Hanging.Limit)).Expect(503);
        var lines = portal
            .Log.Lines.Where(l => l.Contains("Readiness check failed", StringComparison.Ordinal))
            .ToList();
        Assert.InRange(lines.Count, 1, 2);
        Assert.Contains(lines, l => l.Contains("SQLSTATE 3D000", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Reads_and_writes_have_lines_of_their_own()
    {
        await using var portal = await Portal.StartAsync(Db.Sqlite);
        var failures = portal.Services.GetRequiredService<StoreFailures>();
        foreach (var what in new[] { "Write", "Read", "Write", "Read" })
            failures.Log(what, "test", new SqliteException("planted", 10));
        foreach (var what in new[] { "Write", "Read" })
            Assert.Single(portal.Log.Lines, l => l.Contains(what + " failed, 1 since", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_full_queue_is_busy_and_not_the_database()
    {
        await using var portal = await Portal.StartAsync(Db.Sqlite, Portal.Machines(1));
        var asha = await portal.SignUpWithPlanAsync("asha");
        portal.Database.Commits.MostWaiting = 0;
        (await asha.AllocateAsync()).ExpectRefusal(Refusals.StoreBusy);
        portal.Database.Commits.MostWaiting = CommitQueue.Capacity;
        Assert.Contains(
            portal.Log.Lines,
            l =>
                l.StartsWith("Warning", StringComparison.Ordinal)
                && l.Contains("Write failed", StringComparison.Ordinal)
                && l.Contains("store, Too many changes are waiting.", StringComparison.Ordinal)
        );
    }

    private static IEnumerable<int> CountsOf(Portal portal) =>
        portal
            .Log.Lines.Where(l => l.Contains("Write failed", StringComparison.Ordinal))
            .Select(l =>
                int.Parse(l.Split("failed, ")[1].Split(' ')[0], System.Globalization.CultureInfo.InvariantCulture)
            );

    private static async Task ExpectAsync(Db db, Func<Exception> failure, StoreTrouble trouble, string line)
    {
        await using var portal = await Portal.StartAsync(db, Portal.Machines(1));
        var asha = await portal.SignUpWithPlanAsync("asha");
        portal.Crash.Hook = (point, act) =>
        {
            if (point == "before commit" && act == "vm.allocate")
                throw failure();
        };
        var reply = (await asha.AllocateAsync()).ExpectRefusal(
            trouble switch
            {
                StoreTrouble.Busy => Refusals.StoreBusy,
                StoreTrouble.NotWritable => Refusals.StoreNotWritable,
                _ => Refusals.StoreUnreachable,
            }
        );
        Assert.NotNull(reply.Response.Headers.RetryAfter);
        Assert.Contains(
            portal.Log.Of(reply.Text("trace_id")),
            l =>
                l.Contains(
                    "Write failed, 1 since the last such line, this one in vm.allocate: " + line,
                    StringComparison.Ordinal
                )
        );
        Assert.DoesNotContain("planted", string.Join('\n', portal.Log.Lines) + reply.Body, StringComparison.Ordinal);
        portal.Crash.Hook = null;
        (await asha.AllocateAsync()).Expect(201);
    }
}
