using HeroOnboarding.Store;
using HeroOnboarding.Tests.Support;
using HeroOnboarding.Vms;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Tests.Stores;

/// <summary>Outbox rows of one kind that are not delivered yet.</summary>
public sealed class WaitingOutboxRows
{
    private const string Insert =
        "INSERT INTO outbox (sid, kind, key, body, created_at, due_at, attempts, stuck, done_at) VALUES ({0}, {1}, "
        + "{0}, '{{}}', 1, 1, 0, false, NULL)";

    [Theory]
    [InlineData(Db.Sqlite)]
    [InlineData(Db.Postgres)]
    public async Task Only_the_kind_and_only_what_is_not_done(Db database)
    {
        await using var portal = await Portal.StartAsync(database);
        await portal.AcceptsAsync(Insert, "waiting", LeaseNotices.AssignKind);
        await portal.AcceptsAsync(Insert, "done", LeaseNotices.AssignKind);
        await portal.AcceptsAsync("UPDATE outbox SET done_at = 5 WHERE sid = 'done'");
        await portal.AcceptsAsync(Insert, "other", "another.kind");
        var found = await portal.ReadAsync(db => db.Waiting(LeaseNotices.AssignKind).Select(r => r.Sid).ToListAsync());
        Assert.Equal(["waiting"], found);
    }

    /// <summary>Without the hint SQLite reads every delivered row of the kind.</summary>
    [Fact]
    public async Task SQLite_reads_the_index_of_waiting_rows()
    {
        await using var portal = await Portal.StartAsync(Db.Sqlite);
        var plan = await portal.ReadAsync(async db =>
        {
            await db.Database.OpenConnectionAsync();
            await using var explain = db.Waiting(LeaseNotices.AssignKind).Where(r => r.Key == "k").CreateDbCommand();
            explain.CommandText = "EXPLAIN QUERY PLAN " + explain.CommandText;
            await using var rows = await explain.ExecuteReaderAsync();
            var steps = new List<string>();
            while (await rows.ReadAsync())
                steps.Add(rows.GetString(3));
            return steps;
        });
        Assert.Contains("ix_outbox_waiting", Assert.Single(plan), StringComparison.Ordinal);
    }
}
