using System.Text.Json.Serialization;

namespace HeroOnboarding.Vms;

/// <summary>
/// Legal moves: Pending → Active → Released, Pending → Failed, Pending → Released. Nothing moves back.
/// </summary>
public enum AllocationStatus
{
    // In the store and on the wire the words keep the capital letter of the original.
    [JsonStringEnumMemberName("Pending")]
    Pending,

    [JsonStringEnumMemberName("Active")]
    Active,

    [JsonStringEnumMemberName("Released")]
    Released,

    [JsonStringEnumMemberName("Failed")]
    Failed,
}

/// <summary>
/// A customer's lease of one machine, and its receipt. It keeps its own copies, so that a refresh of the pool changes
/// nothing for the holder.
/// </summary>
public sealed class VmAllocation
{
    public required string Sid { get; set; }
    public required string UserSid { get; set; }
    public required string PurchaseSid { get; set; }
    public required string PlanId { get; set; }
    public required string Provisioner { get; set; }
    public string? PoolVmId { get; set; }
    public long LeaseNumber { get; set; }
    public AllocationStatus Status { get; set; }
    public string? Address { get; set; }
    public string? MyceliumIp { get; set; }
    public string? SshUser { get; set; }
    public int? SshPort { get; set; }
    public string? CockpitUrl { get; set; }

    /// <summary>
    /// The holder's Forge id at hand-out: a snapshot, so that the cockpit can tell whose machine it is.
    /// </summary>
    public string? ForgeId { get; set; }
    public string? SshPublicKey { get; set; }

    /// <summary>Price per machine in micro-dollars: the plan's price divided by its machines, rounded down.</summary>
    public long Cost { get; set; }
    public DateTimeOffset CreatedAt { get; set; }
    public DateTimeOffset ExpiresAt { get; set; }
    public DateTimeOffset? ReleasedAt { get; set; }
    public string? ReleaseReason { get; set; }

    /// <summary>When a deployer confirmed that the machine knows its holder; null where nobody has to.</summary>
    public DateTimeOffset? AssignedAt { get; set; }

    /// <summary>When somebody confirmed that nothing of this lease is readable any more.</summary>
    public DateTimeOffset? ErasedAt { get; set; }

    /// <summary>The lease whose machine did not work and which this one replaced.</summary>
    public string? ReplacesSid { get; set; }

    public bool IsLive => Status is AllocationStatus.Pending or AllocationStatus.Active;
}

/// <summary>
/// The one table of legal moves; every change of state is an UPDATE that names where it may come from.
/// </summary>
public static class AllocationMoves
{
    /// <summary>The states from which this one may be reached.</summary>
    public static IReadOnlyList<AllocationStatus> Into(AllocationStatus to) =>
        to switch
        {
            AllocationStatus.Active or AllocationStatus.Failed => [AllocationStatus.Pending],
            AllocationStatus.Released => [AllocationStatus.Pending, AllocationStatus.Active],
            _ => [],
        };

    /// <summary>The same as it stands between the brackets of <c>status IN (…)</c>.</summary>
    internal static string IntoSql(AllocationStatus to) => string.Join(", ", Into(to).Select(s => $"'{Names.Of(s)}'"));
}
