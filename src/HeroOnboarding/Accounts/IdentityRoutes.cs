using System.Security.Claims;
using HeroOnboarding.Accounts.Forge;
using HeroOnboarding.Accounts.Mycelium;
using HeroOnboarding.Web;
using Microsoft.AspNetCore.WebUtilities;

namespace HeroOnboarding.Accounts;

/// <summary>The routes of somebody who is signed in and changes how they sign in.</summary>
public sealed class IdentityRoutes(
    LinkIdentity links,
    UnlinkIdentity unlinks,
    Proof proofs,
    StartChallenge challenges,
    KnownBrowser known,
    Settings settings
)
{
    private const string Page = "/account";

    public static void Routes(IEndpointRouteBuilder app)
    {
        var account = app.MapGroup("/account").RequireAuthorization(Policies.Customer).WithTags("Account");
        account
            .MapPost("/link-forge", (HttpContext http, IdentityRoutes routes) => routes.LinkForgeAsync(http))
            .LimitRate("identity")
            .WithSummary("Add a Forge identity: away to the Forge, back to a page that names both and asks.")
            .Produces(303)
            .Refuses(401, 403, 409, 429, 503);
        account
            .MapPost("/link-mycelium", (HttpContext http, IdentityRoutes routes) => routes.LinkMyceliumAsync(http))
            .LimitRate("identity")
            .WithSummary("Add a Mycelium address: a code is sent to its node.")
            .Takes("address")
            .Produces<ChallengeAnswer>(201)
            .Refuses(401, 403, 404, 409, 422, 429, 503);
        account
            .MapPost("/link", (HttpContext http, IdentityRoutes routes) => routes.ConfirmAsync(http))
            .LimitRate("identity")
            .WithSummary("Say yes to what was proven; the page before it gives the offer.")
            .Takes("offer")
            .Produces<LinkIdentity.Linked>()
            .Refuses(400, 401, 409, 429);
        foreach (var way in new[] { Ways.Forge, Ways.Mycelium })
            account
                .MapPost("/unlink-" + way, (HttpContext http, IdentityRoutes routes) => routes.UnlinkAsync(http, way))
                .LimitRate("identity")
                .WithSummary(
                    $"Take the {(way == Ways.Forge ? "Forge" : "Mycelium")} identity off this account; "
                        + "never the last one."
                )
                .Produces<LinkIdentity.Linked>()
                .Refuses(401, 403, 409, 429);
        account
            .MapPost("/prove-forge", (HttpContext http, IdentityRoutes routes) => routes.ProveByForgeAsync(http))
            .LimitRate("identity")
            .WithSummary("Show again who you are, at the Forge.")
            .Produces(303)
            .Refuses(401, 409, 429, 503);
        account
            .MapPost("/prove-mycelium", (HttpContext http, IdentityRoutes routes) => routes.ProveByMyceliumAsync(http))
            .LimitRate("identity")
            .WithSummary("Show again who you are: a code is sent to the node of your account.")
            .Takes("return_url?")
            .Produces<ChallengeAnswer>(201)
            .Refuses(401, 404, 409, 429, 503);
        account
            .MapPost("/end-session", EndSessionAsync)
            .WithSummary("Sign out one of your other browsers, named by the id in the list.")
            .Takes("session")
            .Produces<SessionEnded>()
            .Refuses(401, 404);
    }

    private async Task<IResult> LinkForgeAsync(HttpContext http)
    {
        var input = await Input.ReadAsync(http);
        if (settings.Forge is null)
            return Answer.Refused(input, ForgeRefusals.ForgeOff, Page);
        var started = await links.StartAsync(
            http.Actor(),
            http.User.AccountSid(),
            SessionOf(http),
            Ways.Forge,
            http.RequestAborted
        );
        return started.IsRefused
            ? Refused(input, started.Refusal)
            : await ForgeSignIn.AskAgainAsync(http, new(ForgeSignInIntent.Link, SessionOf(http), started.Value), Page);
    }

    private async Task<IResult> LinkMyceliumAsync(HttpContext http)
    {
        var input = await Input.ReadAsync(http);
        var typed = input.Text("address", 100);
        if (input.Wrong is { } wrong)
            return Answer.Refused(input, wrong, Page);
        if (settings.MyceliumApi is null)
            return Answer.Refused(input, MyceliumRefusals.MyceliumOff, Page);
        if (MyceliumAddress.Read(typed) is null)
            return Answer.Refused(input, MyceliumRefusals.MyceliumAddressInvalid, Page);
        var started = await links.StartAsync(
            http.Actor(),
            http.User.AccountSid(),
            SessionOf(http),
            Ways.Mycelium,
            http.RequestAborted
        );
        return started.IsRefused
            ? Refused(input, started.Refusal)
            : await AskAsync(http, input, typed, ChallengePurpose.Link, Page, Page);
    }

    private async Task<IResult> ProveByForgeAsync(HttpContext http)
    {
        var (input, account) = (await Input.ReadAsync(http), Mine(http));
        var back = Http.LocalPath(input.Text("return_url", 2048)) ?? Page;
        if (input.Wrong is { } wrong)
            return Answer.Refused(input, wrong, Page);
        if (settings.Forge is null)
            return Answer.Refused(input, ForgeRefusals.ForgeOff, ProvePage(back));
        return account.ForgeId is null
            ? Answer.Refused(input, AccountRefusals.IdentityNotLinked, ProvePage(back))
            : await ForgeSignIn.AskAgainAsync(http, new(ForgeSignInIntent.Prove, SessionOf(http)), back);
    }

    private async Task<IResult> ProveByMyceliumAsync(HttpContext http)
    {
        var (input, account) = (await Input.ReadAsync(http), Mine(http));
        var back = Http.LocalPath(input.Text("return_url", 2048)) ?? Page;
        if (input.Wrong is { } wrong)
            return Answer.Refused(input, wrong, Page);
        return account.MyceliumAddress is { } address
            ? await AskAsync(http, input, address, ChallengePurpose.Prove, back, ProvePage(back))
            : Answer.Refused(input, AccountRefusals.IdentityNotLinked, ProvePage(back));
    }

    private async Task<IResult> AskAsync(
        HttpContext http,
        Input input,
        string? address,
        ChallengePurpose purpose,
        string back,
        string page
    )
    {
        var asking = ChallengeRequest.Of(http, known, purpose, SessionOf(http), back);
        return MyceliumRoutes.Asked(
            input,
            await challenges.RunAsync(http.Actor(), address, asking, http.RequestAborted),
            settings,
            page
        );
    }

    private async Task<IResult> ConfirmAsync(HttpContext http)
    {
        var input = await Input.ReadAsync(http);
        var given = input.Text("offer", ProvenIdentities<LinkIdentity.Offer>.Longest);
        if (input.Wrong is { } wrong)
            return Answer.Refused(input, wrong, Page);
        if (links.Open(given, http.User) is not { } offer)
            return Answer.Refused(input, AccountRefusals.SignInFailed, Page);
        return Answer.Of(
            http,
            input,
            await links.RunAsync(http.Actor(), http.User.AccountSid(), offer, http.RequestAborted),
            Page,
            Page,
            _ => 200,
            _ => ("linked", offer.Identity.Way)
        );
    }

    private async Task<IResult> UnlinkAsync(HttpContext http, string way)
    {
        var input = await Input.ReadAsync(http);
        var outcome = await unlinks.RunAsync(
            http.Actor(),
            http.User.AccountSid(),
            SessionOf(http),
            way,
            http.RequestAborted
        );
        return outcome.IsRefused
            ? Refused(input, outcome.Refusal)
            : Answer.Of(http, input, outcome, Page, Page, _ => 200, _ => ("unlinked", way));
    }

    /// <summary>The end of a way by the Forge. The browser must still be signed in by the session that asked.</summary>
    internal async Task<IResult> BackFromForgeAsync(
        HttpContext http,
        ForgeIdentity identity,
        ForgeSignInIntent wish,
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
        if (live?.Session.IdHash is not { } hash || hash != wish.SessionHash)
            return AccountRefusals.SignInFailed.ToResult();
        if (wish.Purpose == ForgeSignInIntent.Link)
            return wish.Key is { } key
                ? Http.SeeOther(links.PageFor(identity, hash, key))
                : AccountRefusals.SignInFailed.ToResult();
        if (!Proof.IsFresh(authTime, http.RequestServices.GetRequiredService<TimeProvider>().GetUtcNow()))
            return Http.SeeOtherRefused(ProvePage(back), AccountRefusals.ProofNotFresh);
        var outcome = await proofs.RunAsync(identity, hash, null, http.RequestAborted);
        return outcome.IsRefused
            ? Http.SeeOtherRefused(ProvePage(back), outcome.Refusal)
            : Http.SeeOther(QueryHelpers.AddQueryString(back, "proven", "1"));
    }

    private static async Task<IResult> EndSessionAsync(HttpContext http, Sessions sessions)
    {
        var input = await Input.ReadAsync(http);
        var hash = input.Text("session", 64);
        if (input.Wrong is { } wrong)
            return Answer.Refused(input, wrong, Page);
        return Answer.Of(
            http,
            input,
            await sessions.EndOneAsync(http.Actor(), http.User.AccountSid(), hash, http.RequestAborted),
            Page,
            Page,
            _ => 200,
            _ => ("ended", "1")
        );
    }

    /// <summary>What is missing is a fresh proof: the form leads to the page where one can be given.</summary>
    private static IResult Refused(Input input, Refusal refusal) =>
        Answer.Refused(input, refusal, refusal.Code == AccountRefusals.ProofRequired.Code ? ProvePage(Page) : Page);

    internal static string ProvePage(string back) => QueryHelpers.AddQueryString("/account/prove", "return_url", back);

    private static string SessionOf(HttpContext http) => http.User.FindFirstValue(ClaimNames.Session)!;

    private static Account Mine(HttpContext http) => (Account)http.Items[typeof(Account)]!;
}
