namespace HeroOnboarding.Pool;

/// <summary>The operator's status of a machine, from the pool JSON or the maintenance button.</summary>
public enum PoolStatus
{
    Available,
    Maintenance,
}

/// <summary>
/// The portal's condition of a machine. Recycling: given back, and not yet reported as wiped. Quarantined: not handed
/// out, with a reason.
/// </summary>
public enum PoolCondition
{
    Clean,
    Recycling,
    Quarantined,
}

/// <summary>
/// A machine of the pool; never deleted. Claimable = listed and available and clean and unheld. A refresh writes only
/// the operator's fields, never condition, lease number or holder.
/// </summary>
public sealed class PoolVm
{
    public required string Id { get; set; }
    public bool Listed { get; set; }
    public PoolStatus Status { get; set; }
    public PoolCondition Condition { get; set; }

    /// <summary>The live allocation that holds the machine; null for none.</summary>
    public string? AllocationSid { get; set; }

    /// <summary>+1 at every hand-out, never reset; a message with an old number is refused.</summary>
    public long LeaseNumber { get; set; }

    /// <summary>Since when the machine is free. The oldest is handed out first, so that machines rotate.</summary>
    public DateTimeOffset FreeSince { get; set; }
    public string? Address { get; set; }
    public string? MyceliumIp { get; set; }
    public string? SshUser { get; set; }
    public int? SshPort { get; set; }
    public string? CockpitUrl { get; set; }
    public string? Node { get; set; }

    /// <summary>Free labels as one JSON object or array, as the operator sent them.</summary>
    public string? Labels { get; set; }
    public string? ConditionReason { get; set; }
    public DateTimeOffset? QuarantinedAt { get; set; }

    /// <summary>The number of failed erasures of the current lease; 0 when the machine is clean.</summary>
    public int WipeFailures { get; set; }

    /// <summary>Who reported that nothing of lease <see cref="WipedLease"/> is readable any more, and when.</summary>
    public string? WipedBy { get; set; }
    public DateTimeOffset? WipedAt { get; set; }
    public long? WipedLease { get; set; }
    public DateTimeOffset CreatedAt { get; set; }

    /// <summary>When the machine was last probed, and when it last answered.</summary>
    public DateTimeOffset? ProbedAt { get; set; }
    public DateTimeOffset? ProbeGoodAt { get; set; }

    /// <summary>Missed probes in a row, since the last good one.</summary>
    public int ProbeMisses { get; set; }

    /// <summary>Good probes in a row, since the last miss or the start of a quarantine.</summary>
    public int ProbeGoods { get; set; }

    /// <summary>
    /// True when the last good probe was recent at the last run of the probes. The filter of the index that hand-outs
    /// read while probing is on.
    /// </summary>
    public bool Proven { get; set; }

    public bool Claimable =>
        Listed && Status == PoolStatus.Available && Condition == PoolCondition.Clean && AllocationSid is null;
}

/// <summary>One parsed machine of a refresh: the operator's fields, staged until the switch.</summary>
public sealed class PoolEntry
{
    public required string RefreshSid { get; set; }
    public required string Id { get; set; }
    public PoolStatus Status { get; set; }
    public string? Address { get; set; }
    public string? MyceliumIp { get; set; }
    public string? SshUser { get; set; }
    public int? SshPort { get; set; }
    public string? CockpitUrl { get; set; }
    public string? Node { get; set; }
    public string? Labels { get; set; }
    public long? WipedLease { get; set; }
}

/// <summary>The history of refreshes: who, when, what changed.</summary>
public sealed class PoolRefresh
{
    public required string Sid { get; set; }
    public DateTimeOffset At { get; set; }
    public required string Actor { get; set; }

    /// <summary><c>http</c>, <c>page</c>, <c>start</c> (VM_POOL_JSON) or <c>demo</c>.</summary>
    public required string Source { get; set; }
    public int PrevSize { get; set; }
    public int Size { get; set; }
    public int Added { get; set; }
    public int Removed { get; set; }
    public int Changed { get; set; }
    public int Kept { get; set; }
    public int Wiped { get; set; }

    /// <summary>For <c>start</c>: the content, and why it was not applied if it was not; otherwise null.</summary>
    public string? Note { get; set; }

    /// <summary>
    /// Added, removed and changed ids, as <see cref="RefreshChanges"/> in JSON; null for refreshes of
    /// an earlier release.
    /// </summary>
    public string? Changes { get; set; }
}

/// <summary>
/// A text of <c>VM_POOL_JSON</c> that a start has applied. It is kept for ever, so that no later start
/// applies it again.
/// </summary>
public sealed class AppliedPool
{
    /// <summary>SHA-256 of the text's UTF-8 bytes, in hexadecimal digits.</summary>
    public required string Hash { get; set; }
    public DateTimeOffset AppliedAt { get; set; }
}

/// <summary>The ids that a refresh changed. The lists are limited, the counts of the refresh are not.</summary>
public sealed record RefreshChanges(
    IReadOnlyList<string> Added,
    IReadOnlyList<string> Removed,
    IReadOnlyList<ChangedVm> Changed
);

/// <summary>A machine that the refresh changed, and the changed members.</summary>
public sealed record ChangedVm(string Id, IReadOnlyList<string> Members);

/// <summary>How many machines were in each state at an instant, for the chart of the pool.</summary>
public sealed class PoolSample
{
    public DateTimeOffset At { get; set; }
    public int Free { get; set; }
    public int Held { get; set; }
    public int Recycling { get; set; }
    public int Maintenance { get; set; }
    public int Quarantined { get; set; }
    public int Unproven { get; set; }
    public int Unlisted { get; set; }
}
