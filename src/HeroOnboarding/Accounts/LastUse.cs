using System.Collections.Concurrent;
using System.Threading.Channels;
using HeroOnboarding.Store;

namespace HeroOnboarding.Accounts;

/// <summary>
/// When sessions and tokens were last used. Authentication only puts a note into a bounded queue and never waits for
/// the store,
/// so pages can be read while nothing can be written. A note that does not fit is dropped; the next request brings it
/// again.
/// </summary>
public sealed class LastUse(UnitOfWorkRunner writer, ILogger<LastUse> log)
{
    /// <summary>Notes that may wait.</summary>
    internal const int Capacity = 1024;

    /// <summary>A time is written at most this often, so that reading costs no writing.</summary>
    private static readonly TimeSpan Every = TimeSpan.FromMinutes(5);

    private readonly Channel<Waiting> queue = Channel.CreateBounded<Waiting>(Capacity);

    /// <summary>What has a note in the queue: many requests of one session are one note.</summary>
    private readonly ConcurrentDictionary<string, bool> queued = new(StringComparer.Ordinal);

    /// <summary>Notes in the queue.</summary>
    internal int WaitingNow => queue.Reader.Count;

    /// <summary>Queues a note if the stored time is older than five minutes. Never waits, never fails.</summary>
    /// <param name="act">The unit's act.</param>
    /// <param name="key">What was used: a session's hash, a token's sid.</param>
    /// <param name="last">The stored time; null when it was never used.</param>
    /// <param name="write">Sets <paramref name="now"/> where the stored time is before the one that it is
    /// given.</param>
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

    /// <summary>Writes notes as they come.</summary>
    internal async Task RunAsync(CancellationToken stop)
    {
        await foreach (var note in queue.Reader.ReadAllAsync(stop))
            await WriteAsync(note, stop);
    }

    /// <summary>Writes the notes that wait now.</summary>
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
            // The Writer has logged the cause, once a second for all notes; the next request tries again.
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

/// <summary>Writes when sessions and tokens were last used, while the server runs.</summary>
internal sealed class LastUseLoop(LastUse lastUse) : BackgroundService
{
    protected override Task ExecuteAsync(CancellationToken stoppingToken) => lastUse.RunAsync(stoppingToken);
}
