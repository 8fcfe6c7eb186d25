using System.Text;
using HeroOnboarding.Web;

namespace HeroOnboarding.Plans;

/// <summary>
/// What a customer does with a plan after buying it: renew, renew by itself, upgrade, cancel, put its end into a
/// calendar.
/// </summary>
internal static class PlanLifeRoutes
{
    private const string Page = "/plan";

    public static void Map(RouteGroupBuilder plan)
    {
        plan.MapGet("/current", CurrentAsync)
            .WithSummary("The plan with everything that may be done with it, and exact amounts for upgrades.")
            .Produces<PlanAnswer>()
            .Refuses(401, 409, 503);
        plan.MapGet("/calendar.ics", CalendarAsync)
            .WithSummary("The end of the plan as an iCalendar file.")
            .Produces(200, contentType: "text/calendar")
            .Refuses(401, 409, 503);
        plan.MapPost("/renew", RenewAsync)
            .LimitRate("plan.renew")
            .WithSummary(
                "Another 30 days from the old end, for the price frozen at purchase; period_end (Unix microseconds) "
                    + "names the end that is meant."
            )
            .Takes("period_end?")
            .Produces<RenewAnswer>()
            .Refuses(401, 402, 403, 409, 422, 429, 503);
        plan.MapPost("/auto-renew", AutoRenewAsync)
            .LimitRate("plan.auto_renew")
            .WithSummary("Renew by itself in the last 24 hours, or not.")
            .Takes("on")
            .Produces<AutoRenewAnswer>()
            .Refuses(401, 409, 422, 429, 503);
        plan.MapPost("/upgrade", UpgradeAsync)
            .LimitRate("plan.upgrade")
            .WithSummary(
                "A larger plan from now; the unused rest of the old one comes back to the micro-dollar. as_of and "
                    + "charge_micros of /plan/current keep its amounts for 15 minutes."
            )
            .Takes("plan_id", "as_of?", "charge_micros?", "accept_terms?")
            .Produces<UpgradeAnswer>(201)
            .Refuses(401, 402, 403, 404, 409, 422, 429, 503);
        plan.MapPost("/cancel", CancelAsync)
            .LimitRate("plan.cancel")
            .WithSummary("End a plan under which no machine ever started; the full price comes back.")
            .Takes("purchase_sid?")
            .Produces<CancelAnswer>()
            .Refuses(401, 404, 409, 422, 429, 503);
    }

    private static async Task<IResult> CurrentAsync(HttpContext http, ReadPlan read) =>
        await read.RunAsync(http.User.AccountSid(), http.RequestAborted) is { Plan: not null } view
            ? Results.Json(view.ToAnswer(), Json.Options)
            : PlanRefusals.PlanRequired.ToResult();

    private static async Task<IResult> CalendarAsync(HttpContext http, ReadPlan read, Settings settings)
    {
        if (await read.RunAsync(http.User.AccountSid(), http.RequestAborted) is not { Plan: { } plan, Now: var now })
            return PlanRefusals.PlanRequired.ToResult();
        http.Response.Headers.ContentDisposition = "attachment; filename=\"hero-plan.ics\"";
        return Results.Text(
            PlanCalendar.Of(plan, settings.PublicBaseUrl, now),
            "text/calendar; charset=utf-8",
            new UTF8Encoding(false)
        );
    }

    private static async Task<IResult> RenewAsync(HttpContext http, RenewPlan renew)
    {
        var input = await Input.ReadAsync(http);
        var seen = Instant(input.Number("period_end"));
        var key = await input.KeyAsync(http);
        if ((input.Wrong ?? (key.IsRefused ? key.Refusal : null)) is { } wrong)
            return Answer.Refused(input, wrong, Page);
        var outcome = await renew.RunAsync(http.Actor(), http.User.AccountSid(), seen, key.Value, http.RequestAborted);
        return Answer.Once(http, input, outcome, Page, Page, _ => 200, v => ("renewed", v.Sid));
    }

    private static async Task<IResult> AutoRenewAsync(HttpContext http, SetAutoRenew set)
    {
        var input = await Input.ReadAsync(http);
        var on = input.Flag("on", required: true);
        if (input.Wrong is { } wrong)
            return Answer.Refused(input, wrong, Page);
        var outcome = await set.RunAsync(http.Actor(), http.User.AccountSid(), on, http.RequestAborted);
        return Answer.Of(http, input, outcome, Page, Page, _ => 200, v => ("auto_renew", v.AutoRenew ? "on" : "off"));
    }

    private static async Task<IResult> UpgradeAsync(HttpContext http, UpgradePlan upgrade)
    {
        var input = await Input.ReadAsync(http);
        var (plan, asOf, charge, terms) = (
            input.Text("plan_id", 64),
            Instant(input.Number("as_of")),
            input.Number("charge_micros"),
            input.Flag("accept_terms")
        );
        var key = await input.KeyAsync(http);
        if ((input.Wrong ?? (key.IsRefused ? key.Refusal : null)) is { } wrong)
            return Answer.Refused(input, wrong, Page);
        var outcome = await upgrade.RunAsync(
            http.Actor(),
            http.User.AccountSid(),
            plan,
            asOf,
            charge,
            terms,
            key.Value,
            http.RequestAborted
        );
        return Answer.Once(http, input, outcome, Page, Page, _ => 201, v => ("upgraded", v.Sid));
    }

    private static async Task<IResult> CancelAsync(HttpContext http, CancelPlan cancel)
    {
        var input = await Input.ReadAsync(http);
        var sid = input.Text("purchase_sid", 64);
        var key = await input.KeyAsync(http);
        if ((input.Wrong ?? (key.IsRefused ? key.Refusal : null)) is { } wrong)
            return Answer.Refused(input, wrong, Page);
        var outcome = await cancel.RunAsync(http.Actor(), http.User.AccountSid(), sid, key.Value, http.RequestAborted);
        return Answer.Once(http, input, outcome, Page, Page, _ => 200, v => ("cancelled", v.Sid));
    }

    /// <summary>
    /// Microseconds as an instant; those that no calendar knows are an instant too, one that fits nothing.
    /// </summary>
    private static DateTimeOffset? Instant(long? micros) =>
        micros is null
            ? null
            : Instants.FromMicros(Math.Clamp(micros.Value, 0, Instants.ToMicros(DateTimeOffset.MaxValue)));
}
