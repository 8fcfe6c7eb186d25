using System.Diagnostics;
using System.Threading.Channels;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace HeroOnboarding.Store.Sqlite;

/// <summary>
/// Group commit: one loop runs the units one after the other, in order of arrival, and makes all waiting units durable
/// with one COMMIT. Each unit has a savepoint, so a refused or failed unit undoes only itself. Callers are answered
/// after COMMIT, also those whose unit was refused, since the refusal may depend on another unit of the group. Without
/// the loop, writers would poll for the file lock; without groups, each unit would pay for its own sync of the disk.
/// </summary>
internal sealed class SqliteGroupCommit : CommitQueue
{
    /// <summary>The largest number of units in one commit.</summary>
    internal const int Most = 256;

    private readonly Channel<Waiting> queue = Channel.CreateUnbounded<Waiting>(
        new UnboundedChannelOptions { SingleReader = true }
    );
    private readonly Func<Task<SqliteConnection>> connect;
    private readonly Func<OnboardingDb> open;
    private readonly Checkpoints checkpoints;
    private readonly Task loop;
    private SqliteConnection? connection;
    private SqliteStatements? prepared;

    /// <param name="connect">Opens the connection that all units share.</param>
    /// <param name="open">Makes a context, for units that use Entity Framework.</param>
    public SqliteGroupCommit(Func<Task<SqliteConnection>> connect, Func<OnboardingDb> open, Checkpoints checkpoints)
    {
        (this.connect, this.open, this.checkpoints) = (connect, open, checkpoints);
        using (ExecutionContext.SuppressFlow())
            loop = Task.Run(DrainAsync);
    }

    /// <summary>
    /// A group that has run for this long takes no more units, so that its first callers do not wait longer.
    /// </summary>
    internal TimeSpan Longest { get; set; } = TimeSpan.FromMilliseconds(20);

    /// <summary>
    /// Called by the loop after the COMMIT of a group without <see cref="ProgressRecorder.Raise"/>, with the number of
    /// its units; must not wait.
    /// </summary>
    internal Action<int>? Changed { get; set; }

    public override Task RunAsync(QueuedUnit turn, CancellationToken cancel)
    {
        var waiting = new Waiting(turn, cancel);
        if (!waiting.Records)
            BeginToWait();
        if (queue.Writer.TryWrite(waiting))
            return waiting.Answered;
        if (!waiting.Records)
            EndToWait();
        throw new StoreBusyException("The store is being closed.");
    }

    public override async ValueTask DisposeAsync()
    {
        queue.Writer.TryComplete();
        await loop;
        await checkpoints.DisposeAsync();
        await DisconnectAsync();
    }

    private async Task DrainAsync()
    {
        try
        {
            while (await queue.Reader.WaitToReadAsync())
                if (TakeNext() is { } first)
                    await RunGroupAsync(first);
        }
        catch (Exception e)
        {
            // Without the loop no caller would be answered: every waiting one gets the error, and EndWithCommitQueue
            // ends the process.
            Break(e);
            queue.Writer.TryComplete();
            while (TakeNext() is { } waiting)
                waiting.NotCommitted(NotConfirmed(e));
        }
    }

    private Waiting? TakeNext()
    {
        while (queue.Reader.TryRead(out var next))
        {
            if (!next.Records)
                EndToWait();
            if (!next.GaveUp())
                return next;
        }
        return null;
    }

    private async Task RunGroupAsync(Waiting first)
    {
        var group = new List<Waiting> { first };
        try
        {
            await using var transaction = await BeginAsync();
            await FillAsync(group, transaction);
            await transaction.CommitAsync();
        }
        catch (Exception e)
        {
            foreach (var member in group)
                member.NotCommitted(NotConfirmed(e));
            await DisconnectAsync();
            return;
        }
        if (group is [{ Idle: { } idle }])
            idle.Tidy(connection!);
        try
        {
            // Before the answers: a caller that has one can rely on the recording of its change.
            if (!group.Exists(m => m.Records))
                Changed?.Invoke(group.Count);
        }
        finally
        {
            // The changes are durable, so their callers are answered even if the recording fails.
            foreach (var member in group)
                member.Committed();
        }
        checkpoints.StartIfDue(connection!);
    }

    private async Task<SqliteTransaction> BeginAsync()
    {
        connection ??= await connect();
        prepared ??= new SqliteStatements(connection);
        return prepared.Transaction = (SqliteTransaction)await connection.BeginTransactionAsync();
    }

    private async Task FillAsync(List<Waiting> group, SqliteTransaction transaction)
    {
        var watch = Stopwatch.StartNew();
        for (var member = group[0]; ; group.Add(member))
        {
            await RunMemberAsync(member, transaction);
            if (group.Count >= Most || watch.Elapsed > Longest || TakeNext() is not { } next)
                return;
            member = next;
        }
    }

    /// <exception cref="InvalidOperationException">SQLite rolled back the whole transaction, and with it every unit
    /// before this one.</exception>
    private async Task RunMemberAsync(Waiting member, SqliteTransaction transaction)
    {
        var begun = await member.BeginAsync(prepared!);
        if (begun)
            await using (var scope = new WriteScope(connection!, transaction, prepared!, open))
                await member.WorkAsync(scope);
        // An error such as a full disk may end the transaction and not only the statement.
        if (raw.sqlite3_get_autocommit(connection!.Handle) != 0)
            throw new InvalidOperationException("The database gave up the whole group.", member.Failure);
        if (!begun)
            return;
        if (!member.Keeps)
            await prepared!.RunAsync(PreparedStatements.RollbackToSavepoint);
        await prepared!.RunAsync("RELEASE member");
    }

    /// <summary>After a failure the state of the connection is unknown; the next group opens a new one.</summary>
    private async Task DisconnectAsync()
    {
        var (statements, old) = (prepared, connection);
        (prepared, connection) = (null, null);
        try
        {
            statements?.Dispose();
            await (old?.DisposeAsync() ?? ValueTask.CompletedTask);
        }
        catch (Exception)
        {
            // Any error: the connection was broken already, and the loop goes on with a new one.
        }
    }

    /// <summary>One caller's unit: waits, becomes part of a group, gets its result.</summary>
    private sealed class Waiting(QueuedUnit turn, CancellationToken cancel)
    {
        private readonly TaskCompletionSource answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private Exception? failure;

        /// <summary>
        /// What the unit threw. For the other units of its group it is the cause when SQLite rolls back
        /// the whole transaction.
        /// </summary>
        public Exception? Failure => failure;

        public Task Answered => answer.Task;

        /// <summary>
        /// True for a recording. It does not count towards the capacity: at most one is queued, and it must
        /// not be refused.
        /// </summary>
        public bool Records => turn is ProgressRecorder.Raise;

        /// <summary>The recording of an idle store; null for any other unit.</summary>
        public ProgressRecorder.Raise? Idle => turn is ProgressRecorder.Raise { IsIdle: true } raise ? raise : null;

        /// <summary>False when the unit was refused or threw and is therefore rolled back.</summary>
        public bool Keeps { get; private set; }

        public bool GaveUp() => cancel.IsCancellationRequested && answer.TrySetCanceled(cancel);

        /// <summary>
        /// Increments the counter that a refusal does not roll back, and sets the savepoint before the work.
        /// </summary>
        /// <returns>False when the work must not begin.</returns>
        public async Task<bool> BeginAsync(PreparedStatements prepared)
        {
            try
            {
                if (turn.Counts)
                    return await turn.CountAsync(prepared);
                await prepared.RunAsync(PreparedStatements.Savepoint);
                return true;
            }
            catch (Exception e)
            {
                failure = e;
                return false;
            }
        }

        public async Task WorkAsync(WriteScope scope)
        {
            try
            {
                Keeps = await turn.WorkAsync(scope);
            }
            catch (Exception e)
            {
                failure = e;
            }
        }

        /// <summary>
        /// The caller gets the exception of its own unit if there was one; otherwise the error of the group.
        /// </summary>
        public void NotCommitted(StoreBusyException error) => answer.TrySetException(failure ?? error);

        public void Committed()
        {
            try
            {
                if (Keeps)
                    turn.Committed();
            }
            catch (Exception e)
            {
                failure = e;
            }
            if (failure is null)
                answer.TrySetResult();
            else
                answer.TrySetException(failure);
        }
    }
}
