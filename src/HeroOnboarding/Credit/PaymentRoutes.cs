using HeroOnboarding.Web;
using HeroOnboarding.Web.Requests;

namespace HeroOnboarding.Credit;

/// <summary>Routes about payments for customers and operators. Webhooks are in the folders of the providers.</summary>
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
            .FormsReturnTo(Page)
            .Produces<TopUpAnswer>(201)
            .Refuses(400, 401, 403, 409, 422, 429, 503);
        payment
            .MapPost("/cancel", CancelAsync)
            .LimitRate("payment.cancel")
            .WithSummary("Close an open checkout. If it was paid meanwhile, the answer says so.")
            .FormsReturnTo(Page)
            .Produces<TopUpAnswer>()
            .Refuses(404, 409, 422);
        app.MapPost("/admin/suspense-resolve", ResolveAsync)
            .RequireAuthorization(Policies.Operator)
            .WithTags("Operators")
            .WithSummary(
                "Decide about a payment that fits nothing: assign it to a customer, or note that it was refunded at "
                    + "the provider."
            )
            .FormsReturnTo((ResolveSuspenseRequest sent) => PageOf(sent.SuspenseSid))
            .Produces<SuspenseAnswer>()
            .Refuses(404, 409, 422);
    }

    private static async Task<IResult> StartAsync(
        HttpContext http,
        KeyedRequest<StartTopUpRequest> request,
        StartTopUp start
    )
    {
        var outcome = await start.RunAsync(
            http.Actor(),
            http.User.AccountSid(),
            request.Body.Cents(),
            request.Body.Provider,
            request.Key,
            http.RequestAborted
        );
        // The implementation of IPayments has checked that the address is at one of the provider's own origins.
        if (request.IsForm && !outcome.IsRefused && outcome.Value.Value.Url is { } url)
        {
            request.Repeats(outcome.Value);
            return Http.SeeOtherOutside(new Uri(url));
        }
        return request.Answer(outcome, v => PaymentReturnModel.PathOf(v.Sid), 201);
    }

    private static async Task<IResult> CancelAsync(
        HttpContext http,
        Request<CancelTopUpRequest> request,
        CancelTopUp cancel
    )
    {
        var sid = request.Body.PaymentSid;
        var outcome = await cancel.RunAsync(http.Actor(), http.User.AccountSid(), sid, http.RequestAborted);
        return request.Answer(outcome, v => PaymentReturnModel.PathOf(v.Sid));
    }

    private static async Task<IResult> ResolveAsync(
        HttpContext http,
        Request<ResolveSuspenseRequest> request,
        ResolveSuspense resolve
    )
    {
        var decided = request.Body;
        var outcome = await resolve.RunAsync(
            http.Actor(),
            decided.SuspenseSid,
            decided.Action,
            decided.UserSid,
            decided.Cents(),
            decided.Reason,
            http.RequestAborted
        );
        return request.Answer(outcome, PageOf(decided.SuspenseSid), v => ("done", Names.Of(v.State)));
    }

    private static string PageOf(string? suspense) =>
        Names.IsSid(suspense) ? "/admin/suspense/" + suspense : "/admin/suspense";
}
