using HeroOnboarding.Web;

namespace HeroOnboarding.Vms;

/// <summary>What operators and their programs call to have a tick of auto-release now.</summary>
internal static class AutoReleaseRoutes
{
    public static void Map(IEndpointRouteBuilder app) =>
        app.MapPost("/admin/auto-release-now", RunAsync)
            .RequireAuthorization(Policies.Operator)
            .ForScope(TokenScopes.Tick)
            .WithTags("Operators")
            .WithSummary(
                "Release every machine whose expires_at is over. Body optional: force (true goes on where the brakes "
                    + "stop), without_notice (true includes leases whose notices were not offered in time); "
                    + "neither with a token."
            )
            .Produces<AutoReleaseAnswer>()
            .Refuses(400, 401, 403, 409, 415, 422, 503);

    /// <summary>Order of answers: secret, provisioner, body, what a token may, brakes.</summary>
    private static async Task<IResult> RunAsync(HttpContext http, AutoRelease release, Provisioners provisioners)
    {
        const string page = "/admin/jobs";
        if (provisioners.Registered is null)
            return http.Request.IsForm()
                ? Http.SeeOtherRefused(page, VmRefusals.ProvisionerUnavailable)
                : VmRefusals.ProvisionerUnavailable.ToResult();
        var input = await Input.ReadAsync(http);
        // A form says it one way or the other, so that an empty one does nothing.
        var (force, withoutNotice) = (input.Flag("force", required: input.IsForm), input.Flag("without_notice"));
        if (input.Wrong is { } wrong)
            return Answer.Refused(input, wrong, page);
        // A program that has the tick run may not decide what the brakes and the notices are there for.
        if ((force || withoutNotice) && http.User.Scopes() is { } scopes)
            return TokenScopes.Refuse(scopes).ToResult();
        // The tick goes on when whoever asked has given up waiting.
        var outcome = await release.AskAsync(http.Actor(), force, withoutNotice, CancellationToken.None);
        return Answer.Of(
            http,
            input,
            outcome,
            page,
            page,
            _ => 200,
            v => ("expired_released", v.RowsReleased.ToString())
        );
    }
}
