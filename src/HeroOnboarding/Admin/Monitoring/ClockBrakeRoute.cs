using HeroOnboarding.Store;
using HeroOnboarding.Web;

namespace HeroOnboarding.Admin.Monitoring;

/// <summary>
/// <c>POST /admin/clock-brake-lift</c>: an operator has looked at the clock, and says that it is right and why.
/// </summary>
internal static class ClockBrakeRoute
{
    public static async Task<IResult> AnswerAsync(HttpContext http, ClockBrake brake)
    {
        const string page = "/admin/jobs";
        var input = await Input.ReadAsync(http);
        var reason = input.Text("reason");
        if ((input.Wrong ?? (Reason.IsGiven(reason) ? null : Refusals.ReasonRequired)) is { } wrong)
            return Answer.Refused(input, wrong, page);
        var outcome = await brake.LiftAsync(http.Actor(), reason!.Trim(), http.RequestAborted);
        return Answer.Of(http, input, outcome, page, page, _ => 200, _ => ("clock", "lifted"));
    }
}
