using System.Text.Json;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Store;

/// <summary>
/// Reads the clock of a database on another computer; null where there is no such database. Tests replace it.
/// </summary>
public sealed record DatabaseClock(Func<CancellationToken, Task<DateTimeOffset?>> ReadAsync);

/// <summary>Why the brake is on.</summary>
/// <param name="Why">A sentence for operators.</param>
/// <param name="Since">Unix microseconds of the wall clock that is in doubt.</param>
/// <param name="Beat">Changes whenever an instance finds that its clocks disagree. The other instances see by it that
/// the disagreement lasts.</param>
public sealed record BrakeState(string Why, long Since, long Beat);

/// <summary>The answer to lifting the brake.</summary>
/// <param name="Was">Why it was on.</param>
public sealed record LiftedAnswer(string Was);

/// <summary>
/// Stops every job that charges or destroys by the clock (<see cref="JobKind.NeedsTrueClock"/>). It is set when the
/// clocks disagree (<see cref="ClockWatch"/>), for all instances, and stored, so that a restart does not release it. It
/// is released when no instance has found a disagreement for <see cref="Agreeing"/>, measured by the monotonic clock,
/// or when an operator lifts it.
/// </summary>
public sealed class ClockBrake(
    Database database,
    UnitOfWorkRunner writer,
    DatabaseClock theirs,
    TimeProvider clock,
    ILogger<ClockBrake> log
) : IDisposable
{
    /// <summary>
    /// Keys in the table <c>meta</c>: the brake, the newest trusted instant (microseconds), and the
    /// operator's latest decision.
    /// </summary>
    internal const string Key = "clock.brake";
    internal const string SeenKey = "clock.seen";
    internal const string LiftedKey = "clock.lifted";

    /// <summary>Key under which an earlier release stored a brake of auto-release only.</summary>
    private const string OldKey = "auto_release.brake";
    private static readonly string[] Keys = [Key, OldKey, SeenKey, LiftedKey];

    /// <summary>How long the clocks must agree before the brake is released automatically.</summary>
    public static readonly TimeSpan Agreeing = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan NoteEvery = TimeSpan.FromMinutes(1);

    private readonly SemaphoreSlim one = new(1, 1);
    private readonly ClockWatch watch = new(clock);
    private (bool Known, string? Sid) lifted;
    private (long Steady, long Beat)? agrees;
    private long? noted;

    /// <summary>Compares the clocks now.</summary>
    /// <returns>Why nothing may be charged or destroyed now; null when the clock is trusted.</returns>
    public async Task<string?> LookAsync(CancellationToken cancel)
    {
        await one.WaitAsync(cancel);
        try
        {
            var (meta, newest) = await ReadAsync(cancel);
            var other = await theirs.ReadAsync(cancel);
            if (lifted.Known && lifted.Sid != meta.GetValueOrDefault(LiftedKey))
                watch.Accept(other);
            lifted = (true, meta.GetValueOrDefault(LiftedKey));
            var brake = Of(meta);
            if (watch.Compare(other, newest) is { } why)
                return await DisagreeAsync(brake, why);
            if (brake is not null)
                return await AgreeAsync(brake, meta.GetValueOrDefault(Key));
            // The next brake may start with the same beat as this one.
            agrees = null;
            await NoteSeenAsync();
            return null;
        }
        finally
        {
            one.Release();
        }
    }

    /// <summary>Lifts the brake: an operator confirms that the clock is right.</summary>
    /// <param name="reason">For the audit; see <see cref="Reason"/>.</param>
    /// <returns>Refused with <see cref="WorkRefusals.ClockNotInDoubt"/> when the brake is not on.</returns>
    public async Task<Outcome<LiftedAnswer>> LiftAsync(Actor actor, string reason, CancellationToken cancel = default)
    {
        await using (var db = database.Read())
        {
            if (await ReadAsync(db, cancel) is null)
                return WorkRefusals.ClockNotInDoubt;
        }
        await LookAsync(cancel);
        var answer = await writer.RunAsync<LiftedAnswer>(
            "clock.lift",
            actor,
            async unit =>
            {
                if (await LiftInUnitAsync(unit) is not { } was)
                    return WorkRefusals.ClockNotInDoubt;
                unit.Note(null, new { was, reason });
                return new LiftedAnswer(was);
            },
            cancel
        );
        await LookAsync(cancel);
        return answer;
    }

    /// <summary>
    /// Lifts the brake as part of another unit. The caller calls <see cref="LookAsync"/> before and after that unit.
    /// </summary>
    /// <returns>Why the brake was on; null when it was not.</returns>
    internal static async Task<string?> LiftInUnitAsync(Unit unit)
    {
        var was = await ReadAsync(unit.Db);
        await unit.Db.Meta.Where(m => m.Key == Key || m.Key == OldKey).ExecuteDeleteAsync();
        await SetAsync(unit, LiftedKey, unit.NewSid());
        await SetAsync(unit, SeenKey, Micros(unit.Now));
        return was?.Why;
    }

    /// <summary>Reads why the brake is on, for pages and alarms; null when it is not.</summary>
    public static async Task<BrakeState?> ReadAsync(OnboardingDb db, CancellationToken cancel = default) =>
        Of(
            await db
                .Meta.AsNoTracking()
                .Where(m => m.Key == Key || m.Key == OldKey)
                .ToDictionaryAsync(m => m.Key, m => m.Value, cancel)
        );

    /// <summary>The alarm about the brake.</summary>
    internal static async Task<IReadOnlyList<AlarmCondition>> FindAsync(OnboardingDb db, CancellationToken cancel) =>
        await ReadAsync(db, cancel) is { } brake ? [new(Key, brake.Why + " " + Consequence)] : [];

    /// <summary>The consequence of a brake that is on, as a sentence for operators.</summary>
    public static string Consequence =>
        "Renewals, reminders, releases and pruning wait until the clocks agree for "
        + $"{Agreeing.TotalMinutes:N0} minutes.";

    public void Dispose() => one.Dispose();

    private async Task<(Dictionary<string, string> Meta, DateTimeOffset? Newest)> ReadAsync(CancellationToken cancel)
    {
        await using var db = database.Read();
        var meta = await db.Meta.Where(m => Keys.Contains(m.Key)).ToDictionaryAsync(m => m.Key, m => m.Value, cancel);
        if (meta.TryGetValue(SeenKey, out var seen))
            return (meta, Instants.FromMicros(long.Parse(seen, System.Globalization.CultureInfo.InvariantCulture)));
        // The first start after an upgrade has no trusted instant. Some job ran every minute until the stop, so the
        // latest end of a job stands in.
        var finished = db.Jobs.Where(j => j.LastFinishedAt != null).OrderByDescending(j => j.LastFinishedAt);
        return (meta, await finished.Select(j => j.LastFinishedAt).FirstOrDefaultAsync(cancel));
    }

    private async Task<string> DisagreeAsync(BrakeState? brake, string why)
    {
        agrees = null;
        if (brake is not null)
        {
            var value = JsonSerializer.Serialize(brake with { Beat = brake.Beat + 1 }, Json.Options);
            await writer.RunAsync("clock.note", SystemActors.Jobs, unit => SetAsync(unit, Key, value));
            return brake.Why;
        }
        log.LogCritical("ALARM: jobs that charge or destroy wait: {Reason}", why);
        await writer.RunAsync(
            "clock.brake",
            SystemActors.Jobs,
            async unit =>
            {
                var state = new BrakeState(why, Instants.ToMicros(unit.Now), 1);
                await SetAsync(unit, Key, JsonSerializer.Serialize(state, Json.Options));
                unit.Note(null, new { why });
            }
        );
        return why;
    }

    private async Task<string?> AgreeAsync(BrakeState brake, string? json)
    {
        var now = clock.GetTimestamp();
        if (agrees is not { } since || since.Beat != brake.Beat)
            agrees = (now, brake.Beat);
        else if (clock.GetElapsedTime(since.Steady, now) >= Agreeing)
            return await ReleaseAsync(brake, json);
        return brake.Why;
    }

    /// <param name="brake">The brake as it was read.</param>
    /// <param name="json">Its row; null for a brake that an earlier release stored.</param>
    /// <returns>Null when it was released. Otherwise why it stays on: another instance has found a disagreement
    /// in the meantime.</returns>
    private async Task<string?> ReleaseAsync(BrakeState brake, string? json)
    {
        agrees = null;
        var off = await writer.RunAsync<bool>(
            "clock.agrees",
            SystemActors.Jobs,
            async unit =>
            {
                // One statement: on PostgreSQL another instance may write the row between a read and a DELETE.
                var gone = await unit.Db.Meta.Where(m => m.Key == Key && m.Value == json).ExecuteDeleteAsync();
                if (gone == 0 && await unit.Db.Meta.AnyAsync(m => m.Key == Key))
                    return false;
                await unit.Db.Meta.Where(m => m.Key == OldKey).ExecuteDeleteAsync();
                unit.Note(null, new { was = brake.Why });
                return true;
            }
        );
        if (!off.Value)
            return brake.Why;
        log.LogInformation("The clocks agree again; jobs that charge or destroy go on");
        return null;
    }

    /// <summary>
    /// Called only while the clock is trusted: a wrong instant must not become what the next start compares with.
    /// </summary>
    private async Task NoteSeenAsync()
    {
        var steady = clock.GetTimestamp();
        if (noted is { } before && clock.GetElapsedTime(before, steady) < NoteEvery)
            return;
        noted = steady;
        await writer.RunAsync("clock.note", SystemActors.Jobs, unit => SetAsync(unit, SeenKey, Micros(unit.Now)));
    }

    private static BrakeState? Of(Dictionary<string, string> meta) =>
        meta.TryGetValue(Key, out var json) ? JsonSerializer.Deserialize<BrakeState>(json, Json.Options)
        : meta.TryGetValue(OldKey, out var why) ? new BrakeState(why, 0, 0)
        : null;

    private static string Micros(DateTimeOffset t) =>
        Instants.ToMicros(t).ToString(System.Globalization.CultureInfo.InvariantCulture);

    private static Task<int> SetAsync(Unit unit, string key, string value) =>
        unit.Db.Database.ExecuteSqlRawAsync(
            """
            INSERT INTO meta (key, value) VALUES ({0}, {1}) ON CONFLICT (key) DO UPDATE SET value = excluded.value
            """,
            key,
            value
        );
}
