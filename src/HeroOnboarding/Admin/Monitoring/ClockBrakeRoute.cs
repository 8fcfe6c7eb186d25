using HeroOnboarding.Store;
using HeroOnboarding.Web;
using HeroOnboarding.Web.Requests;

namespace HeroOnboarding.Admin.Monitoring;

/// <summary>
/// <c>POST /admin/clock-brake-lift</c>: an operator confirms, with a reason, that the clock is right.
/// </summary>
internal static class ClockBrakeRoute
{
    public static async Task<IResult> AnswerAsync(
        HttpContext http,
        Request<LiftClockBrakeRequest> request,
        ClockBrake brake
    )
    {
        var outcome = await brake.LiftAsync(http.Actor(), request.Body.Reason.Trim(), http.RequestAborted);
        return request.Answer(outcome, JobList.Reports.Path, _ => ("clock", "lifted"));
    }
}
