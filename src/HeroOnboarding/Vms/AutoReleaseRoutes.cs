using HeroOnboarding.Web;
using HeroOnboarding.Web.Requests;

namespace HeroOnboarding.Vms;

/// <summary>The route by which operators and programs run auto-release.</summary>
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
        // A program's token may run auto-release, but may not override the brakes and the notices.
        if ((force || withoutNotice) && http.User.Scopes() is { } scopes)
            return TokenScopes.Refuse(scopes).ToResult();
        // The run continues when the caller closes the connection.
        var outcome = await release.AskAsync(http.Actor(), force, withoutNotice, CancellationToken.None);
        return request.Answer(outcome, Page, v => ("expired_released", v.RowsReleased.ToString()));
    }
}
