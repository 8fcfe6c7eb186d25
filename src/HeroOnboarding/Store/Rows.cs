namespace HeroOnboarding.Store;

/// <summary>
/// A message to another system: written in the commit that decided it, delivered at least once under one key.
/// </summary>
public sealed class OutboxRow
{
    public required string Sid { get; set; }
    public required string Kind { get; set; }

    /// <summary>Unique per kind: the same event is never queued twice.</summary>
    public required string Key { get; set; }
    public required string Body { get; set; }
    public DateTimeOffset CreatedAt { get; set; }
    public DateTimeOffset DueAt { get; set; }
    public int Attempts { get; set; }

    /// <summary>A runner has leased the row until then; if the runner dies, the lease expires.</summary>
    public DateTimeOffset? LeaseUntil { get; set; }
    public DateTimeOffset? DoneAt { get; set; }

    /// <summary>
    /// True when the receiver refused for good, so that automatic retries make no sense. Operators see the row and
    /// may retry it.
    /// </summary>
    public bool Stuck { get; set; }
    public string? LastError { get; set; }
}

/// <summary>When a job last ran, and until when an instance has leased it.</summary>
public sealed class JobRow
{
    public required string Name { get; set; }
    public DateTimeOffset? LastStartedAt { get; set; }
    public DateTimeOffset? LastFinishedAt { get; set; }
    public DateTimeOffset NextDueAt { get; set; }
    public DateTimeOffset? LeaseUntil { get; set; }
    public bool LastOk { get; set; }
    public string? LastReport { get; set; }
}

/// <summary>The report of one run of a job.</summary>
public sealed class JobRun
{
    public required string Sid { get; set; }
    public required string Name { get; set; }
    public DateTimeOffset StartedAt { get; set; }
    public DateTimeOffset FinishedAt { get; set; }
    public bool Ok { get; set; }
    public required string Report { get; set; }
}

/// <summary>
/// An alarm: a condition that was wrong from <c>raised_at</c> to <c>cleared_at</c>; open while it is not cleared.
/// </summary>
public sealed class AlarmRow
{
    public required string Sid { get; set; }

    /// <summary>The key of the condition; at most one alarm is open per key.</summary>
    public required string Key { get; set; }
    public required string Text { get; set; }
    public DateTimeOffset RaisedAt { get; set; }
    public DateTimeOffset? ClearedAt { get; set; }
}

/// <summary>Who did what to whom; written by <see cref="UnitOfWorkRunner"/> in the same commit as the change.</summary>
public sealed class AuditRow
{
    public required string Sid { get; set; }
    public DateTimeOffset At { get; set; }
    public required string Act { get; set; }
    public required string ActorKind { get; set; }
    public required string ActorId { get; set; }
    public string? Subject { get; set; }
    public string? Detail { get; set; }
    public string? TraceId { get; set; }
}

/// <summary>The stored answer to a request that carried an idempotency key; kept 24 hours.</summary>
public sealed class IdempotencyRow
{
    public required string Caller { get; set; }
    public required string Key { get; set; }
    public required string Fingerprint { get; set; }
    public string? Answer { get; set; }
    public DateTimeOffset CreatedAt { get; set; }
}

/// <summary>The number of requests in one window of one limit.</summary>
public sealed class RateRow
{
    public required string Key { get; set; }
    public DateTimeOffset WindowStart { get; set; }
    public int Count { get; set; }
}

/// <summary>Calls to a provider's webhook. All instances add their counts about once a minute.</summary>
public sealed class WebhookCallsRow
{
    public required string Provider { get; set; }

    /// <summary>The last call whose signature was valid.</summary>
    public DateTimeOffset? LastReceivedAt { get; set; }
    public long Received { get; set; }
    public DateTimeOffset? LastRefusedAt { get; set; }
    public long Refused { get; set; }
    public string? WhyRefused { get; set; }
}

/// <summary>
/// Single values about this store, such as the sign-in issuer, demo or real pool, the pool text last applied.
/// </summary>
public sealed class MetaRow
{
    public required string Key { get; set; }
    public required string Value { get; set; }
}

/// <summary>A data-protection key, as XML.</summary>
public sealed class KeyRow
{
    public required string Name { get; set; }
    public required string Xml { get; set; }
}
