using HeroOnboarding.Credit.Stripe;
using HeroOnboarding.Web;

namespace HeroOnboarding.Credit;

/// <summary>What browsers, programs and providers call about payments.</summary>
internal static class PaymentRoutes
{
    private const string Page = "/credit";

    public static void Add(IEndpointRouteBuilder app)
    {
        var payment = app.MapGroup("/payment").RequireAuthorization(Policies.Customer).WithTags("Credit");
        payment
            .MapPost("/intent", StartAsync)
            .LimitRate("payment.intent")
            .WithSummary(
                "Open a checkout; the same idempotency key, or the same amount while it has no address yet, goes on "
                    + "with the same one."
            )
            .WithMetadata(new KeepsInputs(new KeptField("amount", text => Money.ParseDollars(text) is not null)))
            .Takes("amount_cents", "provider?")
            .Produces<TopUpAnswer>(201)
            .Refuses(400, 401, 403, 409, 422, 429, 503);
        payment
            .MapPost("/cancel", CancelAsync)
            .LimitRate("payment.cancel")
            .WithSummary("Close an open checkout. If it was paid meanwhile, the answer says so.")
            .Takes("payment_sid")
            .Produces<TopUpAnswer>()
            .Refuses(400, 401, 404, 409, 422, 429, 503);
        Webhooks
            .Mark(app.MapPost("/webhooks/stripe", StripeWebhook.ReceiveAsync))
            .WithTags("Webhooks")
            .WithSummary("Events of Stripe, with the header Stripe-Signature.")
            .Produces<StripeWebhook.Answered>()
            .Refuses(400, 413, 503);
        app.MapPost("/admin/suspense-resolve", ResolveAsync)
            .RequireAuthorization(Policies.Operator)
            .WithTags("Operators")
            .WithSummary(
                "Decide about a payment that fits nothing: assign it to a customer, or note that it was refunded at "
                    + "the provider."
            )
            .Takes("suspense_sid", "action", "user_sid?", "amount_cents?", "reason")
            .Produces<SuspenseAnswer>()
            .Refuses(400, 401, 403, 404, 409, 422, 503);
    }

    /// <summary>People type dollars; programs, and forms that know the exact amount, send cents.</summary>
    private static async Task<IResult> StartAsync(HttpContext http, StartTopUp start)
    {
        var input = await Input.ReadAsync(http);
        var (cents, provider) = (Cents(input, "amount"), input.Text("provider", 32));
        var key = await input.KeyAsync(http);
        if ((input.Wrong ?? (key.IsRefused ? key.Refusal : null)) is { } wrong)
            return Answer.Refused(input, wrong, Page);
        var outcome = await start.RunAsync(
            http.Actor(),
            http.User.AccountSid(),
            cents,
            provider,
            key.Value,
            http.RequestAborted
        );
        if (outcome.IsRefused)
            return Answer.Refused(input, outcome.Refusal, Page);
        var (payment, repeatedFrom) = outcome.Value;
        if (repeatedFrom is not null)
            http.Response.Headers["Idempotent-Replayed"] = "true";
        if (!input.IsForm)
            return Results.Json(payment, Json.Options, statusCode: StatusCodes.Status201Created);
        // The provider has checked the address against its own origins.
        if (payment.Url is { } url)
            return Http.SeeOtherOutside(new Uri(url));
        var page = PaymentReturnModel.PathOf(payment.Sid);
        return Http.SeeOther(repeatedFrom is { } first ? RepeatedForm.At(page, first) : page);
    }

    private static async Task<IResult> CancelAsync(HttpContext http, CancelTopUp cancel)
    {
        var input = await Input.ReadAsync(http);
        var sid = input.Text("payment_sid", 64);
        if (input.Wrong is { } wrong)
            return Answer.Refused(input, wrong, Page);
        var outcome = await cancel.RunAsync(http.Actor(), http.User.AccountSid(), sid, http.RequestAborted);
        return outcome.IsRefused ? Answer.Refused(input, outcome.Refusal, Page)
            : input.IsForm ? Http.SeeOther(PaymentReturnModel.PathOf(outcome.Value.Sid))
            : Results.Json(outcome.Value, Json.Options);
    }

    private static async Task<IResult> ResolveAsync(HttpContext http, ResolveSuspense resolve)
    {
        var input = await Input.ReadAsync(http);
        var (sid, action, user, reason) = (
            input.Text("suspense_sid", 64),
            input.Text("action", 32),
            input.Text("user_sid", 64),
            input.Text("reason")
        );
        var cents = Cents(input, "amount");
        var page = Names.IsSid(sid) ? "/admin/suspense/" + sid : "/admin/suspense";
        if (input.Wrong is { } wrong)
            return Answer.Refused(input, wrong, page);
        var outcome = await resolve.RunAsync(http.Actor(), sid, action, user, cents, reason, http.RequestAborted);
        return Answer.Of(http, input, outcome, page, page, _ => 200, v => ("done", Names.Of(v.State)));
    }

    private static long? Cents(Input input, string dollars) =>
        input.Number("amount_cents")
        ?? (input.IsForm && Money.ParseDollars(input.Text(dollars, 20)) is { } micros ? Money.Cents(micros) : null);
}
