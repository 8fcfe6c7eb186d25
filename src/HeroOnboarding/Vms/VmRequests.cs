using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using HeroOnboarding.Web.Requests;

namespace HeroOnboarding.Vms;

/// <summary>Body of <c>POST /vm/allocate</c>.</summary>
public sealed record AllocateVmRequest
{
    [Description("A public key in OpenSSH form, installed on the machine."), MaxLength(8192)]
    public string? SshPublicKey { get; init; }
}

/// <summary>Body of <c>POST /vm/release</c>.</summary>
public sealed record ReleaseVmRequest
{
    [Description("The lease to end."), MaxLength(64), Otherwise("not_found")]
    public required string AllocationSid { get; init; }
}

/// <summary>Body of <c>POST /vm/replace</c>.</summary>
public sealed record ReplaceVmRequest
{
    [Description("The lease whose machine does not work."), MaxLength(64), Otherwise("not_found")]
    public required string AllocationSid { get; init; }

    [Description("What does not work, for operators."), MaxLength(200)]
    public string? Problem { get; init; }
}

/// <summary>Body of <c>POST /admin/auto-release-now</c>.</summary>
public sealed record AutoReleaseRequest
{
    [Description("Go on where the brakes stop. Not with a token."), RequiredInForms]
    public bool Force { get; init; }

    [Description("Include leases whose notices were not offered in time. Not with a token.")]
    public bool WithoutNotice { get; init; }
}
