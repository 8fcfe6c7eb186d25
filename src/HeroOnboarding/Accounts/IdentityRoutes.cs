using System.Security.Claims;
using HeroOnboarding.Accounts.Forge;
using HeroOnboarding.Accounts.Mycelium;
using HeroOnboarding.Web;
using HeroOnboarding.Web.Requests;
using Microsoft.AspNetCore.WebUtilities;

namespace HeroOnboarding.Accounts;

/// <summary>The routes by which a signed-in customer proves, links and unlinks identities.</summary>
public sealed class IdentityRoutes(
    LinkIdentity links,
    UnlinkIdentity unlinks,
    Proof proofs,
    StartChallenge challenges,
    KnownBrowser known,
    ForgeOptions forge,
    MyceliumOptions mycelium
)
{
    private const string Page = "/account";

    public static void Routes(IEndpointRouteBuilder app)
    {
        var account = app.MapGroup("/account").RequireAuthorization(Policies.Customer).WithTags("Account");
        account
            .MapPost(
                "/link-forge",
                (HttpContext http, Request request, IdentityRoutes routes) => routes.LinkForgeAsync(http, request)
            )
            .LimitRate("identity")
            .FormsReturnTo(Page)
            .WithSummary("Add a Forge identity: away to the Forge, back to a page that names both and asks.")
            .Produces(303)
            .Refuses(409);
        account
            .MapPost(
                "/link-mycelium",
                (HttpContext http, Request<LinkMyceliumRequest> request, IdentityRoutes routes) =>
                    routes.LinkMyceliumAsync(http, request)
            )
            .LimitRate("identity")
            .FormsReturnTo(Page)
            .WithSummary("Add a Mycelium address: a code is sent to its node.")
            .Produces<ChallengeAnswer>(201)
            .Refuses(404, 409, 422);
        account
            .MapPost(
                "/link",
                (HttpContext http, Request<ConfirmLinkRequest> request, IdentityRoutes routes) =>
                    routes.ConfirmAsync(http, request)
            )
            .LimitRate("identity")
            .FormsReturnTo(Page)
            .WithSummary("Say yes to what was proven; the page before it gives the offer.")
            .Produces<LinkIdentity.Linked>()
            .Refuses(400, 401, 409, 429);
        MapUnlink(account);
        MapProof(account);
        account
            .MapPost("/end-session", EndSessionAsync)
            .FormsReturnTo(Page)
            .WithSummary("Sign out one of your other browsers, named by the id in the list.")
            .Produces<SessionEnded>()
            .Refuses(404);
    }

    private static void MapUnlink(RouteGroupBuilder account)
    {
        foreach (var way in new[] { Ways.Forge, Ways.Mycelium })
            account
                .MapPost(
                    "/unlink-" + way,
                    (HttpContext http, Request request, IdentityRoutes routes) => routes.UnlinkAsync(http, request, way)
                )
                .LimitRate("identity")
                .FormsReturnTo(Page)
                .WithSummary(
                    $"Take the {(way == Ways.Forge ? "Forge" : "Mycelium")} identity off this account; "
                        + "never the last one."
                )
                .Produces<LinkIdentity.Linked>()
                .Refuses(401, 403, 409, 429);
    }

    private static void MapProof(RouteGroupBuilder account)
    {
        account
            .MapPost(
                "/prove-forge",
                (HttpContext http, Request<ProveRequest> request, IdentityRoutes routes) =>
                    routes.ProveByForgeAsync(http, request)
            )
            .LimitRate("identity")
            .FormsReturnTo(Page)
            .WithSummary("Show again who you are, at the Forge.")
            .Produces(303)
            .Refuses(409);
        account
            .MapPost(
                "/prove-mycelium",
                (HttpContext http, Request<ProveRequest> request, IdentityRoutes routes) =>
                    routes.ProveByMyceliumAsync(http, request)
            )
            .LimitRate("identity")
            .FormsReturnTo(Page)
            .WithSummary("Show again who you are: a code is sent to the node of your account.")
            .Produces<ChallengeAnswer>(201)
            .Refuses(404, 409);
    }

    private async Task<IResult> LinkForgeAsync(HttpContext http, Request request)
    {
        if (!forge.IsOn)
            return request.Refused(ForgeRefusals.ForgeOff);
        var started = await links.StartAsync(
            http.Actor(),
            http.User.AccountSid(),
            SessionOf(http),
            Ways.Forge,
            http.RequestAborted
        );
        return started.IsRefused
            ? Refused(request, started.Refusal)
            : await ForgeSignIn.AskAgainAsync(http, new(ForgeSignInIntent.Link, SessionOf(http), started.Value), Page);
    }

    private async Task<IResult> LinkMyceliumAsync(HttpContext http, Request<LinkMyceliumRequest> request)
    {
        if (!mycelium.IsOn)
            return request.Refused(MyceliumRefusals.MyceliumOff);
        if (MyceliumAddress.Read(request.Body.Address) is null)
            return request.Refused(MyceliumRefusals.MyceliumAddressInvalid);
        var started = await links.StartAsync(
            http.Actor(),
            http.User.AccountSid(),
            SessionOf(http),
            Ways.Mycelium,
            http.RequestAborted
        );
        return started.IsRefused
            ? Refused(request, started.Refusal)
            : await AskAsync(http, request, request.Body.Address, ChallengePurpose.Link, Page, Page);
    }

    private async Task<IResult> ProveByForgeAsync(HttpContext http, Request<ProveRequest> request)
    {
        var back = Http.LocalPath(request.Body.ReturnUrl) ?? Page;
        if (!forge.IsOn)
            return request.Refused(ForgeRefusals.ForgeOff, ProvePage(back));
        return Mine(http).ForgeId is null
            ? request.Refused(AccountRefusals.IdentityNotLinked, ProvePage(back))
            : await ForgeSignIn.AskAgainAsync(http, new(ForgeSignInIntent.Prove, SessionOf(http)), back);
    }

    private async Task<IResult> ProveByMyceliumAsync(HttpContext http, Request<ProveRequest> request)
    {
        var back = Http.LocalPath(request.Body.ReturnUrl) ?? Page;
        return Mine(http).MyceliumAddress is { } address
            ? await AskAsync(http, request, address, ChallengePurpose.Prove, back, ProvePage(back))
            : request.Refused(AccountRefusals.IdentityNotLinked, ProvePage(back));
    }

    private async Task<IResult> AskAsync(
        HttpContext http,
        Request request,
        string? address,
        ChallengePurpose purpose,
        string back,
        string page
    )
    {
        var asking = ChallengeRequest.Of(http, known, purpose, SessionOf(http), back);
        var outcome = await challenges.RunAsync(http.Actor(), address, asking, http.RequestAborted);
        return MyceliumRoutes.Asked(request, outcome, page);
    }

    private async Task<IResult> ConfirmAsync(HttpContext http, Request<ConfirmLinkRequest> request)
    {
        if (links.Open(request.Body.Offer, http.User) is not { } offer)
            return request.Refused(AccountRefusals.SignInFailed);
        var outcome = await links.RunAsync(http.Actor(), http.User.AccountSid(), offer, http.RequestAborted);
        return request.Answer(outcome, Page, _ => ("linked", offer.Identity.Way));
    }

    private async Task<IResult> UnlinkAsync(HttpContext http, Request request, string way)
    {
        var outcome = await unlinks.RunAsync(
            http.Actor(),
            http.User.AccountSid(),
            SessionOf(http),
            way,
            http.RequestAborted
        );
        return outcome.IsRefused
            ? Refused(request, outcome.Refusal)
            : request.Answer(outcome, Page, _ => ("unlinked", way));
    }

    /// <summary>Completes a return from the Forge. The browser must still have the session that requested it.</summary>
    internal async Task<IResult> BackFromForgeAsync(
        HttpContext http,
        ForgeIdentity identity,
        ForgeSignInIntent intent,
        string? authTime,
        string back
    )
    {
        var sessions = http.RequestServices.GetRequiredService<Sessions>();
        var live = await sessions.FindAsync(
            SessionKind.Customer,
            http.Request.Cookies[Sessions.CookieName(SessionKind.Customer)],
            http.RequestAborted
        );
        if (live?.Session.IdHash is not { } hash || hash != intent.SessionHash)
            return AccountRefusals.SignInFailed.ToResult();
        if (intent.Purpose == ForgeSignInIntent.Link)
            return intent.Key is { } key
                ? Http.SeeOther(links.PageFor(identity, hash, key))
                : AccountRefusals.SignInFailed.ToResult();
        if (!Proof.IsFresh(authTime, http.RequestServices.GetRequiredService<TimeProvider>().GetUtcNow()))
            return Http.SeeOtherRefused(ProvePage(back), AccountRefusals.ProofNotFresh);
        var outcome = await proofs.RunAsync(identity, hash, null, http.RequestAborted);
        return outcome.IsRefused
            ? Http.SeeOtherRefused(ProvePage(back), outcome.Refusal)
            : Http.SeeOther(QueryHelpers.AddQueryString(back, "proven", "1"));
    }

    private static async Task<IResult> EndSessionAsync(
        HttpContext http,
        Request<EndSessionRequest> request,
        Sessions sessions
    )
    {
        var (account, session) = (http.User.AccountSid(), request.Body.Session);
        var outcome = await sessions.EndOneAsync(http.Actor(), account, session, http.RequestAborted);
        return request.Answer(outcome, Page, _ => ("ended", "1"));
    }

    /// <summary>A form that lacks a fresh proof is redirected to the page where the customer can give one.</summary>
    private static IResult Refused(Request request, Refusal refusal) =>
        request.Refused(refusal, refusal.Code == AccountRefusals.ProofRequired.Code ? ProvePage(Page) : Page);

    internal static string ProvePage(string back) => QueryHelpers.AddQueryString("/account/prove", "return_url", back);

    private static string SessionOf(HttpContext http) => http.User.FindFirstValue(ClaimNames.Session)!;

    private static Account Mine(HttpContext http) => (Account)http.Items[typeof(Account)]!;
}
