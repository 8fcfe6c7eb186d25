using HeroOnboarding.Web;
using HeroOnboarding.Web.Requests;
using Microsoft.AspNetCore.WebUtilities;

namespace HeroOnboarding.Accounts.Mycelium;

/// <summary>The answer to a program that requested a code.</summary>
/// <param name="ChallengeToken">The id of the challenge; useless in any other browser.</param>
/// <param name="Address">The address that will be signed in, as derived from the node's key.</param>
/// <param name="Command">A command that reads the message on the node.</param>
public sealed record ChallengeAnswer(string ChallengeToken, string Address, DateTimeOffset ExpiresAt, string Command);

/// <summary>The answer to a right code.</summary>
/// <param name="Location">A local path. For a sign-in over another account, and before a link, the path of a
/// page that asks.</param>
public sealed record VerifyAnswer(string Location, string? UserSid = null, bool IsNew = false);

/// <summary>
/// <c>POST /login/challenge</c> and <c>/login/verify</c>: sign-in by proof of control over a Mycelium address.
/// </summary>
public static class MyceliumRoutes
{
    private const string Page = "/login/mycelium";

    public static void Routes(IEndpointRouteBuilder app)
    {
        var login = app.MapGroup("/login").AllowAnonymous().WithTags("Account");
        login
            .MapPost("/challenge", ChallengeAsync)
            .WithSummary("Send a code to the node behind a Mycelium address.")
            .FormsReturnTo((StartChallengeRequest sent) => SignInPage(sent.ReturnUrl))
            .Produces<ChallengeAnswer>(201)
            .Refuses(404, 422, 429);
        login
            .MapPost("/verify", VerifyAsync)
            .WithSummary("Bring the code back, in the browser that asked for it.")
            .FormsReturnTo(
                (AnswerChallengeRequest sent) =>
                    Names.IsSid(sent.ChallengeToken) ? PageOf(sent.ChallengeToken) : "/login"
            )
            .Produces<VerifyAnswer>()
            .Refuses(401, 409, 422);
    }

    private static async Task<IResult> ChallengeAsync(
        HttpContext http,
        Request<StartChallengeRequest> request,
        StartChallenge challenges,
        KnownBrowser known,
        RateLimitOptions limits,
        MyceliumOptions mycelium,
        RateLimits rates
    )
    {
        if (!mycelium.IsOn)
            return request.Refused(MyceliumRefusals.MyceliumOff);
        // The limit applies to messages that are sent, not to answers.
        if (await rates.HitAsync("signin:" + http.ClientKey(), limits.SignInsPerMinute) is { } tooOften)
            return request.Refused(tooOften);
        var back = Http.LocalPath(request.Body.ReturnUrl) ?? "/dashboard";
        var asking = ChallengeRequest.Of(http, known, ChallengePurpose.SignIn, null, back);
        return Asked(
            request,
            await challenges.RunAsync(new("anonymous", "-"), request.Body.Address, asking, http.RequestAborted),
            request.Page
        );
    }

    /// <summary>The sign-in page, with the page to return to.</summary>
    private static string SignInPage(string? returnUrl) =>
        Http.LocalPath(returnUrl) is { } back ? QueryHelpers.AddQueryString("/login", "return_url", back) : "/login";

    /// <summary>
    /// For a form: a redirect to the page where the code is entered; for a program: the data that it needs.
    /// </summary>
    internal static IResult Asked(Request request, Outcome<LoginChallenge> outcome, string page)
    {
        if (outcome.IsRefused)
            return request.Refused(outcome.Refusal, page);
        var challenge = outcome.Value;
        return request.IsForm
            ? Http.SeeOther(PageOf(challenge.Sid))
            : Results.Json(
                new ChallengeAnswer(challenge.Sid, challenge.Address, challenge.ExpiresAt, ChallengeModel.Command),
                Json.Options,
                statusCode: 201
            );
    }

    internal static string PageOf(string challenge) => QueryHelpers.AddQueryString(Page, "challenge", challenge);

    private static async Task<IResult> VerifyAsync(
        HttpContext http,
        Request<AnswerChallengeRequest> request,
        AnswerChallenge answers,
        Verified verified,
        KnownBrowser known
    )
    {
        var (sid, entered) = (request.Body.ChallengeToken, request.Body.Nonce);
        var tried = await answers.TryAsync(sid, entered, ChallengeCookie.Of(http), http.RequestAborted);
        var outcome = tried.IsRefused ? tried.Refusal : await verified.RunAsync(http, tried.Value);
        if (outcome.IsRefused)
            return request.Refused(outcome.Refusal);
        ChallengeCookie.Clear(http);
        known.Remember(http, tried.Value.Address);
        return request.Answer(outcome, v => v.Location);
    }
}

/// <summary>Carries out the purpose of a challenge after a right code.</summary>
public sealed class Verified(
    AnswerChallenge answers,
    Sessions sessions,
    SwitchAccount switches,
    LinkIdentity links,
    Proof proofs
)
{
    public async Task<Outcome<VerifyAnswer>> RunAsync(HttpContext http, LoginChallenge challenge)
    {
        var cookie = http.Request.Cookies[Sessions.CookieName(SessionKind.Customer)];
        var live = await sessions.FindAsync(SessionKind.Customer, cookie, http.RequestAborted);
        if (challenge.Purpose == ChallengePurpose.SignIn)
            return await SignInAsync(http, challenge, live, cookie);
        if (live?.Session is not { } session || session.IdHash != challenge.SessionHash)
            return MyceliumRefusals.ChallengeFailed;
        if (challenge.Purpose == ChallengePurpose.Link)
            return await LinkAsync(http, challenge, session);
        var back = Http.LocalPath(challenge.Back) ?? "/account";
        var proven = await proofs.RunAsync(
            new MyceliumIdentity(challenge.Address),
            session.IdHash,
            challenge,
            http.RequestAborted
        );
        return proven.IsRefused
            ? proven.Refusal
            : new VerifyAnswer(QueryHelpers.AddQueryString(back, "proven", "1"), proven.Value);
    }

    private async Task<Outcome<VerifyAnswer>> SignInAsync(
        HttpContext http,
        LoginChallenge challenge,
        (Session Session, Account? Account)? live,
        string? cookie
    )
    {
        var (identity, back) = (
            new MyceliumIdentity(challenge.Address),
            Http.LocalPath(challenge.Back) ?? "/dashboard"
        );
        if (live is { Account: { } account } now && !Accounts.SignIn.IsOf(identity, account))
        {
            var spent = await answers.SpendAsync(challenge, http.RequestAborted);
            return spent.IsRefused
                ? spent.Refusal
                : new VerifyAnswer(switches.PageFor(identity, now.Session.IdHash, back));
        }
        var outcome = await answers.SignInAsync(challenge, http.Request.Headers.UserAgent, cookie, http.RequestAborted);
        if (outcome.IsRefused)
            return outcome.Refusal;
        sessions.SetCookie(http, SessionKind.Customer, outcome.Value.Token);
        return new VerifyAnswer(back, outcome.Value.AccountSid, outcome.Value.IsNew);
    }

    private async Task<Outcome<VerifyAnswer>> LinkAsync(HttpContext http, LoginChallenge challenge, Session session)
    {
        if (session.LinkKey is not { } key)
            return MyceliumRefusals.ChallengeFailed;
        var spent = await answers.SpendAsync(challenge, http.RequestAborted);
        return spent.IsRefused
            ? spent.Refusal
            : new VerifyAnswer(links.PageFor(new MyceliumIdentity(challenge.Address), session.IdHash, key));
    }
}
