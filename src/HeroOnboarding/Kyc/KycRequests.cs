using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using HeroOnboarding.Web.Requests;

namespace HeroOnboarding.Kyc;

/// <summary>Body of <c>POST /admin/kyc-decide</c>.</summary>
public sealed record DecideVerificationRequest
{
    [Description("The check."), MaxLength(64), Otherwise("not_found")]
    public required string SessionSid { get; init; }

    [Description("true: this is the person; false: it is not.")]
    public required bool Approve { get; init; }

    [Description("Why; the audit keeps it."), MinLength(3), MaxLength(500), Otherwise("reason.required")]
    public required string Reason { get; init; }
}
