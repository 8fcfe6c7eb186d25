using System.Collections.Concurrent;
using System.Threading.Channels;
using HeroOnboarding.Store;

namespace HeroOnboarding.Accounts;

/// <summary>
/// Records when sessions and tokens were last used. Authentication queues a note in memory and never waits for the
/// store, so pages can be read while the store takes no changes. A note that does not fit into the queue is dropped;
/// the next request queues it again.
/// </summary>
public sealed class LastUse(UnitOfWorkRunner writer, ILogger<LastUse> log)
{
    /// <summary>The largest number of queued notes.</summary>
    internal const int Capacity = 1024;

    /// <summary>The shortest interval between two writes of one time, so that most requests cause no write.</summary>
    private static readonly TimeSpan Every = TimeSpan.FromMinutes(5);

    private readonly Channel<Waiting> queue = Channel.CreateBounded<Waiting>(Capacity);

    /// <summary>The keys that have a queued note: many requests of one session queue one note.</summary>
    private readonly ConcurrentDictionary<string, bool> queued = new(StringComparer.Ordinal);

    /// <summary>The number of queued notes.</summary>
    internal int WaitingNow => queue.Reader.Count;

    /// <summary>Queues a note if the stored time is older than five minutes. Never waits, never fails.</summary>
    /// <param name="act">The act of the unit that writes it.</param>
    /// <param name="key">What was used: a session's hash, a token's sid.</param>
    /// <param name="last">The stored time; null when it was never used.</param>
    /// <param name="write">Sets <paramref name="now"/> where the stored time is earlier.</param>
    public void Note(
        string act,
        string key,
        DateTimeOffset? last,
        DateTimeOffset now,
        Func<Unit, DateTimeOffset, Task> write
    )
    {
        if (last is { } before && before + Every >= now)
            return;
        if (!queued.TryAdd(key, true))
            return;
        if (!queue.Writer.TryWrite(new(act, key, unit => write(unit, now - Every))))
            queued.TryRemove(key, out _);
    }

    /// <summary>Writes notes as they are queued.</summary>
    internal async Task RunAsync(CancellationToken stop)
    {
        await foreach (var note in queue.Reader.ReadAllAsync(stop))
            await WriteAsync(note, stop);
    }

    /// <summary>Writes the notes that are queued now.</summary>
    internal async Task FlushAsync()
    {
        while (queue.Reader.TryRead(out var note))
            await WriteAsync(note, CancellationToken.None);
    }

    private async Task WriteAsync(Waiting note, CancellationToken stop)
    {
        try
        {
            await writer.RunAsync(note.Act, SystemActors.Sessions, note.Write, stop);
        }
        catch (StoreBusyException)
        {
            // UnitOfWorkRunner has logged the cause, once a second for all notes; the next
            // request tries again.
        }
        catch (Exception e) when (!stop.IsCancellationRequested)
        {
            log.LogWarning(e, "The time of a last use was not written ({Act}); the next request tries again", note.Act);
        }
        finally
        {
            queued.TryRemove(note.Key, out _);
        }
    }

    private sealed record Waiting(string Act, string Key, Func<Unit, Task> Write);
}

/// <summary>Runs <see cref="LastUse"/> while the server runs.</summary>
internal sealed class LastUseLoop(LastUse lastUse) : BackgroundService
{
    protected override Task ExecuteAsync(CancellationToken stoppingToken) => lastUse.RunAsync(stoppingToken);
}
