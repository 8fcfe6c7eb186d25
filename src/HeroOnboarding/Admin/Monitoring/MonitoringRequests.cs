using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using HeroOnboarding.Web.Requests;

namespace HeroOnboarding.Admin.Monitoring;

/// <summary>Body of <c>POST /admin/outbox-retry</c>.</summary>
public sealed record RetryOutboxRequest
{
    [Description("The notice."), MaxLength(64), Otherwise("outbox.unknown")]
    public required string Sid { get; init; }
}

/// <summary>Body of <c>POST /admin/run-job</c>.</summary>
public sealed record RunJobRequest
{
    [Description("Name of the job, as the list gives it."), MaxLength(64), Otherwise("job.unknown")]
    public required string Name { get; init; }
}

/// <summary>Body of <c>POST /admin/clock-brake-lift</c>.</summary>
public sealed record LiftClockBrakeRequest
{
    [Description("How it was found that the clock is right."), MinLength(3), MaxLength(500)]
    [Otherwise("reason.required")]
    public required string Reason { get; init; }
}
