using System.Text.Json;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Store;

/// <summary>
/// What a caller sent to make a request safe to repeat: its key, and a fingerprint of the request that reveals another
/// request under the same key.
/// </summary>
public sealed record IdempotencyKey(string Caller, string Key, string Fingerprint);

/// <summary>
/// The value of a use case. <see cref="RepeatedFrom"/> is the time of the first answer if this is a repetition.
/// </summary>
public sealed record Answered<T>(T Value, DateTimeOffset? RepeatedFrom)
{
    public bool IsRepeat => RepeatedFrom is not null;
}

/// <summary>
/// Same key and same request: the stored answer, nothing is done twice. Same key and another request: refused. Only
/// successes are stored, in their own commit; refusals are evaluated again.
/// </summary>
public static class Idempotency
{
    /// <summary>Runs a unit of work once per key; without a key it always runs.</summary>
    public static Task<Outcome<Answered<T>>> RunOnceAsync<T>(
        this UnitOfWorkRunner writer,
        string act,
        Actor actor,
        IdempotencyKey? key,
        Func<Unit, Task<Outcome<T>>> work,
        CancellationToken cancel = default
    ) =>
        writer.RunAsync<Answered<T>>(
            act,
            actor,
            unit => key is null ? PlainAsync(unit, work) : OnceAsync(unit, key, work),
            cancel
        );

    private static async Task<Outcome<Answered<T>>> PlainAsync<T>(Unit unit, Func<Unit, Task<Outcome<T>>> work)
    {
        var outcome = await work(unit);
        return outcome.IsRefused ? outcome.Refusal : new Answered<T>(outcome.Value, null);
    }

    private static async Task<Outcome<Answered<T>>> OnceAsync<T>(
        Unit unit,
        IdempotencyKey key,
        Func<Unit, Task<Outcome<T>>> work
    )
    {
        // On PostgreSQL this waits for a concurrent request under the same key; on SQLite units do not overlap.
        var mine = await unit.Statements.RunAsync(
            """
            INSERT INTO idempotency (caller, key, fingerprint, created_at) VALUES ($1, $2, $3, $4)
            ON CONFLICT (caller, key)
            DO UPDATE SET fingerprint = excluded.fingerprint, created_at = excluded.created_at, answer = NULL
            WHERE idempotency.created_at < $5
            """,
            key.Caller,
            key.Key,
            key.Fingerprint,
            Instants.ToMicros(unit.Now),
            Instants.ToMicros(unit.Now - PruneStore.IdempotencyLife)
        );
        if (mine == 0)
            return await RepeatAsync<T>(unit, key);
        var outcome = await work(unit);
        if (outcome.IsRefused)
            return outcome.Refusal;
        var answer = JsonSerializer.Serialize(outcome.Value, Json.Options);
        await unit.Statements.EnqueueAsync(
            "UPDATE idempotency SET answer = $3 WHERE caller = $1 AND key = $2",
            key.Caller,
            key.Key,
            answer
        );
        return new Answered<T>(outcome.Value, null);
    }

    private static async Task<Outcome<Answered<T>>> RepeatAsync<T>(Unit unit, IdempotencyKey key)
    {
        var row = await unit.Db.Idempotency.AsNoTracking().SingleAsync(r => r.Caller == key.Caller && r.Key == key.Key);
        if (row.Fingerprint != key.Fingerprint)
            return Refusals.IdempotencyKeyReused;
        unit.Note(null, new { repeated = true });
        return new Answered<T>(JsonSerializer.Deserialize<T>(row.Answer!, Json.Options)!, row.CreatedAt);
    }
}
