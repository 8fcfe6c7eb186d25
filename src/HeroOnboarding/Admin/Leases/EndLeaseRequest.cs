using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using HeroOnboarding.Web.Requests;

namespace HeroOnboarding.Admin.Leases;

/// <summary>Body of <c>POST /admin/vm-release</c>.</summary>
public sealed record EndLeaseRequest
{
    [Description("The lease."), MaxLength(64), Otherwise("not_found")]
    public required string AllocationSid { get; init; }

    [Description("Why; the audit keeps it."), MinLength(3), MaxLength(500), Otherwise("reason.required")]
    public required string Reason { get; init; }
}
