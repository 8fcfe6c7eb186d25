using System.Globalization;
using Microsoft.Data.Sqlite;

namespace HeroOnboarding.Store.Sqlite;

/// <summary>
/// Records the store's progress one second after the first unrecorded change: a unit increments the store's number, and
/// the marker beside the database gets the same number. A busy store adds the number to a COMMIT that happens anyway.
/// An idle one makes one COMMIT for it, then updates its statistics once an hour (<see cref="Statistics"/>), and moves
/// the whole log into the database file.
/// </summary>
internal sealed class ProgressRecorder : IAsyncDisposable
{
    /// <summary>How long a change waits until it is recorded.</summary>
    internal static readonly TimeSpan After = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan Never = Timeout.InfiniteTimeSpan;

    /// <summary>
    /// With more changes than this in that time the store is busy, and <see cref="Checkpoints"/> decides when the
    /// log is copied.
    /// </summary>
    private const int Few = 50;

    private readonly SqliteGroupCommit commits;
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

    public ProgressRecorder(SqliteGroupCommit commits, ProgressMarker marker, TimeProvider clock, ILogger? log)
    {
        (this.commits, this.marker, this.clock, this.log) = (commits, marker, clock, log);
        analyzed = clock.GetTimestamp();
        timer = clock.CreateTimer(_ => Recording = RecordAsync(), null, Never, Never);
        commits.Changed = Changed;
    }

    /// <summary>True after <see cref="Begin"/>.</summary>
    public bool HasBegun => store is not null;

    /// <summary>The running recording, or the last one.</summary>
    internal Task Recording { get; private set; } = Task.CompletedTask;

    /// <summary>
    /// Sets the store's id and number; nothing is recorded before. Changes of the start itself are recorded soon after.
    /// </summary>
    public void Begin(string id, long stored)
    {
        lock (sync)
            (store, number) = (id, Math.Max(number, stored));
        Changed(1);
    }

    /// <summary>Records the last changes; nothing is recorded afterwards.</summary>
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

    /// <summary>Called by <see cref="SqliteGroupCommit"/> after a COMMIT that is not recorded. Never waits.</summary>
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
            await commits.RunAsync(new Raise(this, next.Number, changes <= Few), CancellationToken.None);
            marker.Write(next);
            failed = false;
        }
        catch (Exception e)
        {
            // The old marker stays and is still valid. The failure is logged once until a recording succeeds.
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

    /// <summary>Increments the number in the store. A group with this unit is recorded by its own COMMIT.</summary>
    /// <param name="isIdle">There were few changes; if the group has no other unit, statistics and
    /// log are maintained.</param>
    internal sealed class Raise(ProgressRecorder recorder, long number, bool isIdle) : QueuedUnit
    {
        public bool IsIdle => isIdle;

        /// <summary>Called by <see cref="SqliteGroupCommit"/> after the COMMIT, when this was its only unit.</summary>
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
