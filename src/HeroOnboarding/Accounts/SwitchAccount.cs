using System.Security.Claims;
using HeroOnboarding.Web;
using HeroOnboarding.Web.Requests;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.WebUtilities;

namespace HeroOnboarding.Accounts;

/// <summary>
/// Asks before a signed-in customer who proved another identity changes to its account. The proof is sealed in the form
/// of the page: valid for five minutes, for this session only, and once, since the confirmation ends the session.
/// </summary>
public sealed class SwitchAccount(SignIn signIn, IDataProtectionProvider protection, TimeProvider clock)
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    private readonly ProvenIdentities<Offer> waiting = new(
        protection,
        "HeroOnboarding.Accounts.SwitchAccount.v1",
        Patience,
        clock
    );

    /// <summary>A proof that waits for the confirmation.</summary>
    /// <param name="Back">A local path.</param>
    public sealed record Offer(Identity Identity, string SessionHash, string Back, long Until)
        : ProvenIdentity(Identity, SessionHash, Until);

    /// <summary>The path of the page that asks.</summary>
    internal string PageFor(Identity identity, string sessionHash, string back)
    {
        var clean = identity is ForgeIdentity f
            ? f with
            {
                Login = SignIn.Clean(f.Login, 80),
                Email = SignIn.Clean(f.Email, 254),
            }
            : identity;
        var offer = new Offer(clean, sessionHash, back, waiting.Until);
        // A very long return path does not fit into an address twice. The e-mail address may be dropped: the next
        // sign-in brings it again.
        return Http.LocalPath(PathOf(offer))
            ?? Http.LocalPath(PathOf(offer with { Back = "/dashboard" }))
            ?? PathOf(
                offer with
                {
                    Back = "/dashboard",
                    Identity = clean is ForgeIdentity forge ? forge with { Email = null } : clean,
                }
            );
    }

    private string PathOf(Offer offer) => QueryHelpers.AddQueryString("/login/switch", "offer", waiting.Seal(offer));

    /// <returns>Null for a text that the portal did not seal, that has expired, or that was sealed
    /// for another session.</returns>
    public Offer? Open(string? sealedOffer, ClaimsPrincipal user) => waiting.Open(sealedOffer, user);

    private Task<Outcome<SignIn.Answer>> RunAsync(Offer offer, string? device, CancellationToken cancel) =>
        signIn.SwitchAsync(offer.Identity, device, offer.SessionHash, cancel);

    /// <summary><c>POST /login/switch</c>: the customer confirmed.</summary>
    internal static async Task<IResult> AnswerAsync(
        HttpContext http,
        Request<SwitchAccountRequest> request,
        SwitchAccount asks,
        Sessions sessions
    )
    {
        if (asks.Open(request.Body.Offer, http.User) is not { } offer)
            return request.Refused(AccountRefusals.SignInFailed);
        var outcome = await asks.RunAsync(offer, http.Request.Headers.UserAgent, http.RequestAborted);
        if (outcome.IsRefused)
            return request.Refused(outcome.Refusal);
        sessions.SetCookie(http, SessionKind.Customer, outcome.Value.Token);
        return Http.SeeOther(Http.LocalPath(offer.Back) ?? "/dashboard");
    }
}
