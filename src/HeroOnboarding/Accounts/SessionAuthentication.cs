using System.Security.Claims;
using System.Text.Encodings.Web;
using HeroOnboarding.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Options;

namespace HeroOnboarding.Accounts;

/// <summary>
/// Turns the customer's cookie into a principal. The session's row is read at every request, so a sign-out
/// takes effect immediately.
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
        // Static files are public and need no read of the store.
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
    /// Programs get 401. A browser is redirected to the sign-in and returns to its page, never to a replayed POST; the
    /// entered text is kept until then.
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
    /// The page that the form was on, with its query. For another site only the path, so that it
    /// cannot preselect values.
    /// </summary>
    private string PageOf(Uri page) =>
        page.GetLeftPart(UriPartial.Authority) == Context.RequestServices.GetRequiredService<PortalOptions>().Origin
            ? page.PathAndQuery
            : page.AbsolutePath;

    protected override Task HandleForbiddenAsync(AuthenticationProperties properties) =>
        Problems.WriteAsync(Context, AccountRefusals.SessionRequired);
}
