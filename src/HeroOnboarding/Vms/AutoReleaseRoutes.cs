using HeroOnboarding.Web;
using HeroOnboarding.Web.Requests;

namespace HeroOnboarding.Vms;

/// <summary>What operators and their programs call to have a tick of auto-release now.</summary>
internal static class AutoReleaseRoutes
{
    public static void Map(IEndpointRouteBuilder app) =>
        app.MapPost("/admin/auto-release-now", RunAsync)
            .RequireAuthorization(Policies.Operator)
            .ForScope(TokenScopes.Tick)
            .WithTags("Operators")
            .WithSummary("Release every machine whose expires_at is over. The body is optional.")
            .FormsReturnTo(Page)
            .Produces<AutoReleaseAnswer>()
            .Refuses(409, 422);

    private const string Page = "/admin/jobs";

    private static async Task<IResult> RunAsync(
        HttpContext http,
        Request<AutoReleaseRequest> request,
        AutoRelease release,
        Provisioners provisioners
    )
    {
        if (provisioners.Registered is null)
            return request.Refused(VmRefusals.ProvisionerUnavailable);
        var (force, withoutNotice) = (request.Body.Force, request.Body.WithoutNotice);
        // A program that has the tick run may not decide what the brakes and the notices are there for.
        if ((force || withoutNotice) && http.User.Scopes() is { } scopes)
            return TokenScopes.Refuse(scopes).ToResult();
        // The tick goes on when whoever asked has given up waiting.
        var outcome = await release.AskAsync(http.Actor(), force, withoutNotice, CancellationToken.None);
        return request.Answer(outcome, Page, v => ("expired_released", v.RowsReleased.ToString()));
    }
}
