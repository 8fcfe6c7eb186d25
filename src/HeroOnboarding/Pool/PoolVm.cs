namespace HeroOnboarding.Pool;

/// <summary>The operator's word on a machine, from the pool JSON or the maintenance button.</summary>
public enum PoolStatus { Available, Maintenance }

/// <summary>Our word on a machine. Recycling: given back, nobody has said yet that it was wiped. Quarantined: kept out with a reason.</summary>
public enum PoolCondition { Clean, Recycling, Quarantined }

/// <summary>
/// A machine of the pool; never deleted. Claimable = listed and available and clean and unheld.
/// A refresh writes only the operator's fields, never condition, lease number or holder.
/// </summary>
public sealed class PoolVm
{
    public required string Id { get; set; }
    public bool Listed { get; set; }
    public PoolStatus Status { get; set; }
    public PoolCondition Condition { get; set; }
    /// <summary>The live allocation that holds the machine, if any.</summary>
    public string? AllocationSid { get; set; }
    /// <summary>+1 at every hand-out, never reset; a message with an old number is refused.</summary>
    public long LeaseNumber { get; set; }
    /// <summary>Oldest first, so that machines rotate.</summary>
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
    /// <summary>Who said that nothing of lease <see cref="WipedLease"/> is readable any more, and when.</summary>
    public string? WipedBy { get; set; }
    public DateTimeOffset? WipedAt { get; set; }
    public long? WipedLease { get; set; }
    public DateTimeOffset CreatedAt { get; set; }

    public bool Claimable => Listed && Status == PoolStatus.Available && Condition == PoolCondition.Clean && AllocationSid is null;
}

/// <summary>One machine of a refresh that is being prepared: the operator's fields, as parsed.</summary>
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
}
