using System.Globalization;
using Microsoft.Data.Sqlite;

namespace HeroOnboarding.Store.Sqlite;

/// <summary>
/// Records how far the store is, a second after the first change that is not recorded yet: a unit raises the store's
/// number, and the marker beside the database gets the same number. A busy store joins the number to a COMMIT that is
/// made anyway; an idle one makes one COMMIT for it, then updates its statistics once an hour
/// (<see cref="Statistics"/>), and moves the whole log into the database file.
/// </summary>
internal sealed class ProgressRecorder : IAsyncDisposable
{
    /// <summary>How long a change waits to be recorded.</summary>
    internal static readonly TimeSpan After = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan Never = Timeout.InfiniteTimeSpan;

    /// <summary>
    /// More changes in that time: the store is busy, and <see cref="Checkpoints"/> says when the log is copied.
    /// </summary>
    private const int Few = 50;

    private readonly SqliteGroupCommit lane;
    private readonly ProgressMarker marker;
    private readonly TimeProvider clock;
    private readonly ILogger? log;
    private readonly ITimer timer;
    private readonly Lock sync = new();
    private string? store;
    private long number;
    private int changes;
    private long analyzed;
    private bool waits;
    private bool failed;
    private bool closed;

    public ProgressRecorder(SqliteGroupCommit lane, ProgressMarker marker, TimeProvider clock, ILogger? log)
    {
        (this.lane, this.marker, this.clock, this.log) = (lane, marker, clock, log);
        analyzed = clock.GetTimestamp();
        timer = clock.CreateTimer(_ => Recording = RecordAsync(), null, Never, Never);
        lane.Changed = Changed;
    }

    /// <summary>True after <see cref="Begin"/>.</summary>
    public bool HasBegun => store is not null;

    /// <summary>The recording that runs, or the last one.</summary>
    internal Task Recording { get; private set; } = Task.CompletedTask;

    /// <summary>
    /// Says which store this is and how far it is; nothing is recorded before. What the start changed is recorded soon.
    /// </summary>
    public void Begin(string id, long stored)
    {
        lock (sync)
            (store, number) = (id, Math.Max(number, stored));
        Changed(1);
    }

    /// <summary>Records what is not recorded yet; nothing is recorded afterwards.</summary>
    public async ValueTask DisposeAsync()
    {
        await timer.DisposeAsync();
        await Recording;
        bool rest;
        lock (sync)
            (rest, closed) = (changes > 0 && HasBegun, true);
        if (rest)
            await RecordAsync();
    }

    /// <summary>Called by the lane after a COMMIT that is not recorded. Never waits.</summary>
    private void Changed(int units)
    {
        lock (sync)
        {
            changes += units;
            ArmInLock();
        }
    }

    private void ArmInLock()
    {
        if (waits || closed || store is null || changes == 0)
            return;
        waits = true;
        timer.Change(After, Never);
    }

    private async Task RecordAsync()
    {
        try
        {
            var next = new StoreProgress(store!, number + 1, clock.GetUtcNow());
            await lane.RunAsync(new Raise(this, next.Number, changes <= Few), CancellationToken.None);
            marker.Write(next);
            failed = false;
        }
        catch (Exception e)
        {
            // The old marker stays, and stays true. One line until it works again.
            if (!failed)
            {
                var reason = e.GetBaseException().Message;
                log?.LogWarning("{Marker} cannot be brought up to date: {Reason}", marker.Path, reason);
            }
            failed = true;
            lock (sync)
                changes = Math.Max(changes, 1);
        }
        lock (sync)
        {
            waits = false;
            ArmInLock();
        }
    }

    /// <summary>Raises the number in the store. A group with this unit is recorded by its own COMMIT.</summary>
    /// <param name="isIdle">There were few changes; if the group has no other unit, the store is tidied.</param>
    internal sealed class Raise(ProgressRecorder recorder, long number, bool isIdle) : QueuedUnit
    {
        public bool IsIdle => isIdle;

        /// <summary>Called by the lane after the COMMIT, when this was its only unit.</summary>
        public void Tidy(SqliteConnection connection)
        {
            if (recorder.clock.GetElapsedTime(recorder.analyzed) >= Statistics.Every)
            {
                Statistics.Update(connection);
                recorder.analyzed = recorder.clock.GetTimestamp();
            }
            Checkpoints.Move(connection);
        }

        private const string Sql = $"""
            INSERT INTO meta (key, value) VALUES ('{StoredProgress.NumberKey}', $1)
            ON CONFLICT (key) DO UPDATE SET value = excluded.value
            """;

        public override async Task<bool> WorkAsync(WriteScope scope) =>
            await scope.Statements.RunAsync(Sql, number.ToString(CultureInfo.InvariantCulture)) == 1;

        public override void Committed()
        {
            lock (recorder.sync)
                (recorder.number, recorder.changes) = (number, 0);
        }
    }
}
