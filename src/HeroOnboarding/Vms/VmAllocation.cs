using System.Text.Json.Serialization;

namespace HeroOnboarding.Vms;

/// <summary>Legal transitions: Pending → Active → Released, Pending → Failed, Pending → Released.</summary>
public enum AllocationStatus
{
    // In the store and in JSON the values keep the capital letter of the original.
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
/// A customer's lease of one machine, and its receipt. It keeps its own copies, so that a refresh of the pool does
/// not change it.
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

    /// <summary>The holder's Forge id at the hand-out, by which the cockpit identifies its owner.</summary>
    public string? ForgeId { get; set; }
    public string? SshPublicKey { get; set; }

    /// <summary>Price per machine in micro-dollars: the plan's price divided by its machines, rounded down.</summary>
    public long Cost { get; set; }
    public DateTimeOffset CreatedAt { get; set; }
    public DateTimeOffset ExpiresAt { get; set; }
    public DateTimeOffset? ReleasedAt { get; set; }
    public string? ReleaseReason { get; set; }

    /// <summary>
    /// When a deployer confirmed that the machine was assigned to its holder; null without a deployer.
    /// </summary>
    public DateTimeOffset? AssignedAt { get; set; }

    /// <summary>When it was confirmed that nothing of this lease is readable any more.</summary>
    public DateTimeOffset? ErasedAt { get; set; }

    /// <summary>The lease that this one replaced because its machine did not work.</summary>
    public string? ReplacesSid { get; set; }

    public bool IsLive => Status is AllocationStatus.Pending or AllocationStatus.Active;
}

/// <summary>
/// The legal transitions; every change of status is an UPDATE that names the statuses it may start from.
/// </summary>
public static class AllocationMoves
{
    /// <summary>The statuses from which this one can be reached.</summary>
    public static IReadOnlyList<AllocationStatus> Into(AllocationStatus to) =>
        to switch
        {
            AllocationStatus.Active or AllocationStatus.Failed => [AllocationStatus.Pending],
            AllocationStatus.Released => [AllocationStatus.Pending, AllocationStatus.Active],
            _ => [],
        };

    /// <summary>The same as the list in <c>status IN (…)</c>.</summary>
    internal static string IntoSql(AllocationStatus to) => string.Join(", ", Into(to).Select(s => $"'{Names.Of(s)}'"));
}
