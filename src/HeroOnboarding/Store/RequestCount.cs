namespace HeroOnboarding.Store;

/// <summary>
/// Counts a request against a limit, also when the request is refused. The first unit of the request increments the
/// counter in its own transaction, before the savepoint to which a refusal rolls back, so the counter needs no commit
/// of its own.
/// </summary>
public sealed class RequestCount(string key, int most)
{
    private const string Sql = """
        INSERT INTO rates (key, window_start, count) VALUES ($1, $2, 1)
        ON CONFLICT (key, window_start) DO UPDATE SET count = rates.count + 1 RETURNING count
        """;

    private static readonly TimeSpan Window = TimeSpan.FromMinutes(1);
    private int taken;

    public string Key => key;

    /// <summary>True once a unit has taken the counter, even if that unit was never run.</summary>
    public bool IsTaken => Volatile.Read(ref taken) == 1;

    /// <summary>Requests of this key in this window, this one included; 0 before it was counted.</summary>
    public int Count { get; private set; }

    /// <summary>When the request was counted, and when its window ends.</summary>
    public (DateTimeOffset At, DateTimeOffset End) Time { get; private set; }

    public bool IsOver => Count > most;

    /// <summary>True for the first request that exceeds the limit in this window.</summary>
    public bool IsFirstOver => Count == most + 1;

    /// <returns>True for the unit that has to count the request: the first that asks.</returns>
    internal bool TryTake() => Interlocked.Exchange(ref taken, 1) == 0;

    /// <summary>Increments the counter, and sets the savepoint before the unit's own work.</summary>
    internal Task WriteMarkedAsync(PreparedStatements prepared, DateTimeOffset now) =>
        WriteAsync(now, (start) => prepared.ReadThenSavepointAsync(Sql, r => r.GetInt32(0), key, start));

    /// <summary>Increments the counter in a unit that does nothing else.</summary>
    internal Task WriteAsync(Unit unit) =>
        WriteAsync(unit.Now, (start) => unit.Statements.ReadAsync(Sql, r => r.GetInt32(0), key, start));

    private async Task WriteAsync(DateTimeOffset now, Func<long, Task<int>> write)
    {
        var start = Instants.ToMicros(now) / 60_000_000 * 60_000_000;
        Count = await write(start);
        Time = (now, Instants.FromMicros(start) + Window);
    }
}

/// <summary>
/// Finds the counter of the current request; null where the request is not limited. Registered by <c>Web</c>.
/// </summary>
public delegate RequestCount? FindRequestCount();

/// <summary>The request exceeds its limit: it was counted, and nothing else was done.</summary>
internal sealed class TooManyRequestsException() : Exception("Too many requests.");
