using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using HeroOnboarding.Web.Requests;

namespace HeroOnboarding.Pool;

/// <summary>Body of <c>POST /admin/pool-vm-ready</c>.</summary>
public sealed record VmReadyRequest
{
    [Description("The machine."), MaxLength(64)]
    public required string PoolVmId { get; init; }

    [Description("The lease whose data was erased.")]
    public required long LeaseNumber { get; init; }

    [Description("End a quarantine, too. Only operators and the deployer's token may.")]
    public bool LiftQuarantine { get; init; }
}

/// <summary>Body of <c>POST /admin/pool-vm-wipe-failed</c>.</summary>
public sealed record WipeFailedRequest
{
    [Description("The machine."), MaxLength(64)]
    public required string PoolVmId { get; init; }

    [Description("The lease whose data could not be erased.")]
    public required long LeaseNumber { get; init; }

    [Description("What went wrong."), MinLength(3), MaxLength(500), Otherwise("reason.required")]
    public required string Reason { get; init; }
}

/// <summary>Body of <c>POST /admin/pool-vm-status</c>.</summary>
public sealed record SetVmStatusRequest
{
    [Description("The machine."), MaxLength(64)]
    public required string PoolVmId { get; init; }

    public required PoolStatus Status { get; init; }
}

/// <summary>Body of <c>POST /admin/pool-vm-quarantine</c> and of <c>POST /admin/pool-vm-lift</c>.</summary>
public sealed record QuarantineRequest
{
    [Description("The machine."), MaxLength(64)]
    public required string PoolVmId { get; init; }

    [Description("Why."), MinLength(3), MaxLength(500), Otherwise("reason.required")]
    public required string Reason { get; init; }
}

/// <summary>Body of <c>POST /admin/pool-many</c>.</summary>
public sealed record ChangeManyRequest
{
    public required ManyAction Action { get; init; }

    [Description("Up to 500 machines as they were seen: \"id:lease id:lease …\"."), MaxLength((int)Web.BodyLimit.Many)]
    public required string Machines { get; init; }

    [Description("Why, 3 to 500 characters; needed for quarantine and lift."), MaxLength(500)]
    public string? Reason { get; init; }
}

/// <summary>One machine of a pool refresh, as <see cref="PoolJson"/> reads it; for the API description.</summary>
public sealed record RefreshPoolMachine
{
    [Description("Letters, digits and . _ : -; starts with a letter or digit."), MaxLength(64)]
    public required string Id { get; init; }

    [Description("available (the default) or maintenance.")]
    public PoolStatus? Status { get; init; }

    [Description("Where the customer works; https."), MaxLength(2048)]
    public string? CockpitUrl { get; init; }

    [Description("An IP address or a host name."), MaxLength(255)]
    public string? Address { get; init; }

    public string? MyceliumIp { get; init; }

    [MaxLength(32)]
    public string? SshUser { get; init; }

    [Range(1, 65535)]
    public int? SshPort { get; init; }

    [Description("The node that runs it.")]
    public string? Node { get; init; }

    [Description("Any object or array; at most 4,096 characters.")]
    public System.Text.Json.JsonElement? Labels { get; init; }

    [Description("The lease whose data was erased, where the refresh reports that as well.")]
    public long? WipedLease { get; init; }
}

/// <summary>Body of <c>POST /admin/pool-refresh</c>; the bare array is accepted as well. For the API
/// description.</summary>
public sealed record RefreshPoolRequest
{
    [Description("The whole pool. Machines that are missing are not handed out any more.")]
    public required IReadOnlyList<RefreshPoolMachine> Pool { get; init; }
}
