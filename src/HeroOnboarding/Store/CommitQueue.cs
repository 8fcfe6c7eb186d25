namespace HeroOnboarding.Store;

/// <summary>One unit on its way: what it does inside a transaction, and what follows once that is durable.</summary>
internal abstract class QueuedUnit
{
    /// <summary>May be called again after a lost race.</summary>
    /// <returns>False for a refusal: everything it did is rolled back.</returns>
    public abstract Task<bool> WorkAsync(WriteScope scope);

    public abstract void Committed();

    /// <summary>True when there is something to count that stays also when the work is refused.</summary>
    public virtual bool Counts => false;

    /// <summary>Counts, then marks where the work begins.</summary>
    /// <returns>False: one too many, so the work is not even begun.</returns>
    public virtual Task<bool> CountAsync(PreparedStatements prepared) => Task.FromResult(true);
}

/// <summary>
/// Bounded waiting for a turn to write. A caller that gives up while waiting is skipped; once started nobody is
/// interrupted; everybody is
/// answered after COMMIT.
/// </summary>
internal abstract class CommitQueue : IAsyncDisposable
{
    /// <summary>Units that may wait; one more is answered 503.</summary>
    internal const int Capacity = 1024;

    private readonly TaskCompletionSource<Exception> broken = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int waiting;

    /// <summary><see cref="Capacity"/>; tests of overload make it small.</summary>
    internal int MostWaiting { get; set; } = Capacity;

    internal int WaitingNow => Volatile.Read(ref waiting);

    /// <summary>Completes, with the reason, when nothing can be written until the process starts again.</summary>
    public Task<Exception> Broken => broken.Task;

    /// <summary>Completes when the turn is durable, or refused and rolled back; throws what the unit threw.</summary>
    /// <exception cref="StoreBusyException">The queue is full, or the commit that it was part of failed.</exception>
    public abstract Task RunAsync(QueuedUnit turn, CancellationToken cancel);

    public abstract ValueTask DisposeAsync();

    /// <exception cref="StoreBusyException">Too many wait already.</exception>
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

/// <summary>The queue of writers is full, or the database did not take the commit: 503 and try again.</summary>
public sealed class StoreBusyException(string message, Exception? inner = null) : Exception(message, inner);
