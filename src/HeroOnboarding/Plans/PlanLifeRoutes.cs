using System.Text;
using HeroOnboarding.Web;
using HeroOnboarding.Web.Requests;

namespace HeroOnboarding.Plans;

/// <summary>Routes for a bought plan: renew, automatic renewal, upgrade, cancel, calendar.</summary>
internal static class PlanLifeRoutes
{
    private const string Page = "/plan";

    public static void Map(RouteGroupBuilder plan)
    {
        plan.MapGet("/current", CurrentAsync)
            .WithSummary("The plan with everything that may be done with it, and exact amounts for upgrades.")
            .Produces<PlanAnswer>()
            .Refuses(409, 503);
        plan.MapGet("/calendar.ics", CalendarAsync)
            .WithSummary("The end of the plan as an iCalendar file.")
            .Produces(200, contentType: "text/calendar")
            .Refuses(409, 503);
        plan.MapPost("/renew", RenewAsync)
            .LimitRate("plan.renew")
            .WithSummary(
                "Another 30 days from the old end, for the price frozen at purchase; period_end (Unix microseconds) "
                    + "names the end that is meant."
            )
            .FormsReturnTo(Page)
            .Produces<RenewAnswer>()
            .Refuses(401, 402, 403, 409, 422, 429, 503);
        plan.MapPost("/auto-renew", AutoRenewAsync)
            .LimitRate("plan.auto_renew")
            .WithSummary("Renew by itself in the last 24 hours, or not.")
            .FormsReturnTo(Page)
            .Produces<AutoRenewAnswer>()
            .Refuses(409, 422);
        plan.MapPost("/upgrade", UpgradeAsync)
            .LimitRate("plan.upgrade")
            .WithSummary(
                "A larger plan from now; the unused rest of the old one comes back to the micro-dollar. as_of and "
                    + "charge_micros of /plan/current keep its amounts for 15 minutes."
            )
            .FormsReturnTo(Page)
            .Produces<UpgradeAnswer>(201)
            .Refuses(401, 402, 403, 404, 409, 422, 429, 503);
        plan.MapPost("/cancel", CancelAsync)
            .LimitRate("plan.cancel")
            .WithSummary("End a plan under which no machine ever started; the full price comes back.")
            .FormsReturnTo(Page)
            .Produces<CancelAnswer>()
            .Refuses(401, 404, 409, 422, 429, 503);
    }

    private static async Task<IResult> CurrentAsync(HttpContext http, ReadPlan read) =>
        await read.RunAsync(http.User.AccountSid(), http.RequestAborted) is { Plan: not null } view
            ? Results.Json(view.ToAnswer(), Json.Options)
            : PlanRefusals.PlanRequired.ToResult();

    private static async Task<IResult> CalendarAsync(HttpContext http, ReadPlan read, PortalOptions portal)
    {
        if (await read.RunAsync(http.User.AccountSid(), http.RequestAborted) is not { Plan: { } plan, Now: var now })
            return PlanRefusals.PlanRequired.ToResult();
        http.Response.Headers.ContentDisposition = "attachment; filename=\"hero-plan.ics\"";
        return Results.Text(
            PlanCalendar.Of(plan, portal.PublicBaseUrl, now),
            "text/calendar; charset=utf-8",
            new UTF8Encoding(false)
        );
    }

    private static async Task<IResult> RenewAsync(
        HttpContext http,
        KeyedRequest<RenewPlanRequest> request,
        RenewPlan renew
    )
    {
        var seen = Instant(request.Body.PeriodEnd);
        var outcome = await renew.RunAsync(
            http.Actor(),
            http.User.AccountSid(),
            seen,
            request.Key,
            http.RequestAborted
        );
        return request.Answer(outcome, Page, v => ("renewed", v.Sid));
    }

    private static async Task<IResult> AutoRenewAsync(
        HttpContext http,
        Request<SetAutoRenewRequest> request,
        SetAutoRenew set
    )
    {
        var outcome = await set.RunAsync(http.Actor(), http.User.AccountSid(), request.Body.On, http.RequestAborted);
        return request.Answer(outcome, Page, v => ("auto_renew", v.AutoRenew ? "on" : "off"));
    }

    private static async Task<IResult> UpgradeAsync(
        HttpContext http,
        KeyedRequest<UpgradePlanRequest> request,
        UpgradePlan upgrade
    )
    {
        var wanted = request.Body;
        var outcome = await upgrade.RunAsync(
            http.Actor(),
            http.User.AccountSid(),
            wanted.PlanId,
            Instant(wanted.AsOf),
            wanted.ChargeMicros,
            wanted.AcceptTerms,
            request.Key,
            http.RequestAborted
        );
        return request.Answer(outcome, Page, v => ("upgraded", v.Sid), 201);
    }

    private static async Task<IResult> CancelAsync(
        HttpContext http,
        KeyedRequest<CancelPlanRequest> request,
        CancelPlan cancel
    )
    {
        var sid = request.Body.PurchaseSid;
        var outcome = await cancel.RunAsync(
            http.Actor(),
            http.User.AccountSid(),
            sid,
            request.Key,
            http.RequestAborted
        );
        return request.Answer(outcome, Page, v => ("cancelled", v.Sid));
    }

    /// <summary>
    /// Converts microseconds to an instant. A value out of range is clamped to an instant that matches no plan.
    /// </summary>
    private static DateTimeOffset? Instant(long? micros) =>
        micros is null
            ? null
            : Instants.FromMicros(Math.Clamp(micros.Value, 0, Instants.ToMicros(DateTimeOffset.MaxValue)));
}
