namespace HeroOnboarding.Store;

/// <summary>
/// A request that is counted whatever becomes of it. The first unit it asks for counts it: in that unit's transaction,
/// before a mark to which a refusal goes back, so that the
/// count is kept and costs no commit of its own.
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

    /// <summary>Some unit has counted it, or was to and did not get its turn.</summary>
    public bool IsTaken => Volatile.Read(ref taken) == 1;

    /// <summary>Requests of this key in this window, this one included; 0 before it was counted.</summary>
    public int Count { get; private set; }

    /// <summary>When it was counted, and when its window ends.</summary>
    public (DateTimeOffset At, DateTimeOffset End) Time { get; private set; }

    public bool IsOver => Count > most;

    /// <summary>The one too many that is the first.</summary>
    public bool IsFirstOver => Count == most + 1;

    /// <returns>True for the unit that has to count it: the first that asks.</returns>
    internal bool TryTake() => Interlocked.Exchange(ref taken, 1) == 0;

    /// <summary>Counts, and sets the mark behind which the unit's own work begins.</summary>
    internal Task WriteMarkedAsync(PreparedStatements prepared, DateTimeOffset now) =>
        WriteAsync(now, (start) => prepared.ReadThenSavepointAsync(Sql, r => r.GetInt32(0), key, start));

    /// <summary>Counts in a unit that does nothing else.</summary>
    internal Task WriteAsync(Unit unit) =>
        WriteAsync(unit.Now, (start) => unit.Statements.ReadAsync(Sql, r => r.GetInt32(0), key, start));

    private async Task WriteAsync(DateTimeOffset now, Func<long, Task<int>> write)
    {
        var start = Instants.ToMicros(now) / 60_000_000 * 60_000_000;
        Count = await write(start);
        Time = (now, Instants.FromMicros(start) + Window);
    }
}

/// <summary>The count of the request for which this code runs; null where none is counted. Web registers it.</summary>
public delegate RequestCount? FindRequestCount();

/// <summary>The request is one too many in this minute: it was counted, and nothing else was done.</summary>
internal sealed class TooManyRequestsException() : Exception("Too many requests.");
