namespace HeroOnboarding.Store;

/// <summary>A unit that waits for its transaction: the work inside it, and what follows the COMMIT.</summary>
internal abstract class QueuedUnit
{
    /// <summary>Does the work. Called again after a lost race.</summary>
    /// <returns>False for a refusal: the work is rolled back.</returns>
    public abstract Task<bool> WorkAsync(WriteScope scope);

    public abstract void Committed();

    /// <summary>True when the unit also increments a counter that a refusal does not roll back.</summary>
    public virtual bool Counts => false;

    /// <summary>Increments the counter, then sets the savepoint before the work.</summary>
    /// <returns>False when the limit is exceeded: the work must not begin.</returns>
    public virtual Task<bool> CountAsync(PreparedStatements prepared) => Task.FromResult(true);
}

/// <summary>
/// A bounded queue of units that wait for a transaction. A caller that cancels while its unit waits is skipped; a unit
/// that has started is never interrupted. Callers are answered after COMMIT.
/// </summary>
internal abstract class CommitQueue : IAsyncDisposable
{
    /// <summary>The number of units that may wait; one more is answered 503.</summary>
    internal const int Capacity = 1024;

    private readonly TaskCompletionSource<Exception> broken = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int waiting;

    /// <summary><see cref="Capacity"/>; tests of overload reduce it.</summary>
    internal int MostWaiting { get; set; } = Capacity;

    internal int WaitingNow => Volatile.Read(ref waiting);

    /// <summary>Completes, with the reason, when this process can write nothing until it is started again.</summary>
    public Task<Exception> Broken => broken.Task;

    /// <summary>Completes when the unit is durable, or refused and rolled back; throws what the unit threw.</summary>
    /// <exception cref="StoreBusyException">The queue is full, or the commit that the unit was
    /// part of failed.</exception>
    public abstract Task RunAsync(QueuedUnit turn, CancellationToken cancel);

    public abstract ValueTask DisposeAsync();

    /// <exception cref="StoreBusyException"><see cref="MostWaiting"/> units wait already.</exception>
    protected void BeginToWait()
    {
        if (Interlocked.Increment(ref waiting) <= MostWaiting)
            return;
        EndToWait();
        throw new StoreBusyException("Too many changes are waiting.");
    }

    protected void Break(Exception reason) => broken.TrySetResult(reason);

    protected void EndToWait() => Interlocked.Decrement(ref waiting);

    protected static StoreBusyException NotConfirmed(Exception cause) =>
        new("The database did not confirm the change.", cause);
}

/// <summary>
/// The commit queue is full, or the database did not take the commit. The caller is answered 503 and may try again.
/// </summary>
public sealed class StoreBusyException(string message, Exception? inner = null) : Exception(message, inner);
