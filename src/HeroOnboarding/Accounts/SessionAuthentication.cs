using System.Security.Claims;
using System.Text.Encodings.Web;
using HeroOnboarding.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Options;

namespace HeroOnboarding.Accounts;

/// <summary>
/// Turns the customer's cookie into a principal by reading the session's row, at every request, so that a sign-out
/// counts at once.
/// </summary>
public sealed class SessionAuthentication(
    IOptionsMonitor<AuthenticationSchemeOptions> options,
    ILoggerFactory logs,
    UrlEncoder encoder,
    Sessions sessions
) : AuthenticationHandler<AuthenticationSchemeOptions>(options, logs, encoder)
{
    public const string SchemeName = "session";

    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        var token = Request.Cookies[Sessions.CookieName(SessionKind.Customer)];
        // Files that everybody may see need no look into the store.
        if (
            Context.GetEndpoint()?.Metadata.GetMetadata<Microsoft.AspNetCore.StaticAssets.StaticAssetDescriptor>()
            is not null
        )
            return AuthenticateResult.NoResult();
        if (
            token is null
            || await sessions.FindAsync(SessionKind.Customer, token, Context.RequestAborted)
                is not { Account: { } account } found
        )
            return AuthenticateResult.NoResult();
        Context.Items[typeof(Account)] = account;
        var identity = new ClaimsIdentity(
            [
                new(ClaimNames.Account, account.Sid),
                new(ClaimNames.Name, account.DisplayName),
                new(ClaimNames.Session, found.Session.IdHash),
            ],
            SchemeName
        );
        if (account.AddressEnd is { } end)
            identity.AddClaim(new(ClaimNames.AddressEnd, end));
        return AuthenticateResult.Success(new AuthenticationTicket(new ClaimsPrincipal(identity), SchemeName));
    }

    /// <summary>
    /// Programs get 401; a browser goes to sign in and comes back to the page it wanted, never to a replayed POST; what
    /// was typed there waits for them.
    /// </summary>
    protected override async Task HandleChallengeAsync(AuthenticationProperties properties)
    {
        if (!Context.WantsPage())
        {
            await Problems.WriteAsync(Context, AccountRefusals.SessionRequired);
            return;
        }
        if (Request.IsUnsafe())
            await Context.RequestServices.GetRequiredService<KeptInputs>().KeepAsync(Context);
        var back = Request.IsUnsafe()
            ? Http.LocalPath(
                Request.Headers.Referer.Count == 1
                && Uri.TryCreate(Request.Headers.Referer[0], UriKind.Absolute, out var from)
                    ? PageOf(from)
                    : null
            )
            : Http.LocalPath(Request.Path + Request.QueryString);
        await Http.SeeOther(QueryHelpers.AddQueryString("/login", "return_url", back ?? "/dashboard"))
            .ExecuteAsync(Context);
    }

    /// <summary>
    /// The page a form was on, with what was chosen there; of other sites only the path, so that they cannot choose for
    /// anybody.
    /// </summary>
    private string PageOf(Uri page) =>
        page.GetLeftPart(UriPartial.Authority) == Context.RequestServices.GetRequiredService<PortalOptions>().Origin
            ? page.PathAndQuery
            : page.AbsolutePath;

    protected override Task HandleForbiddenAsync(AuthenticationProperties properties) =>
        Problems.WriteAsync(Context, AccountRefusals.SessionRequired);
}
