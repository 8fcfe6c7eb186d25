using HeroOnboarding.Configuration;
using HeroOnboarding.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.OpenIdConnect;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;

namespace HeroOnboarding.Accounts.Forge;

/// <summary>
/// Sign-in with a Forge by ASP.NET Core's OpenID Connect handler: authorization code with PKCE. The identity is issuer
/// and numeric subject. The access token carries the user's full rights at Forgejo, so it is used for
/// <see cref="ForgeUserInfo"/> only and never stored.
/// </summary>
internal static class ForgeSignIn
{
    public const string SchemeName = "forge";
    public const string CallbackPath = "/login/forge/callback";

    public static void Add(IServiceCollection services, LoadedOptions loaded)
    {
        var (forge, portal) = (loaded.Get<ForgeOptions>(), loaded.Get<PortalOptions>());
        if (!forge.IsOn)
            return;
        services.AddAuthentication().AddOpenIdConnect(SchemeName, options => Configure(options, forge, portal));
        services
            .AddOptions<OpenIdConnectOptions>(SchemeName)
            .Configure<Outgoing, TimeProvider>(
                (options, outgoing, clock) =>
                {
                    options.BackchannelHttpHandler = new OutageAsException(outgoing.Handler);
                    options.TimeProvider = clock;
                }
            );
    }

    private static void Configure(OpenIdConnectOptions options, ForgeOptions forge, PortalOptions portal)
    {
        var issuer = forge.Url!.ToString().TrimEnd('/');
        options.Authority = issuer;
        options.MetadataAddress = issuer + "/.well-known/openid-configuration";
        options.RequireHttpsMetadata = !forge.Url.IsLoopback;
        (options.ClientId, options.ClientSecret) = (forge.ClientId, forge.ClientSecret!.Reveal());
        (options.ResponseType, options.ResponseMode) = (
            OpenIdConnectResponseType.Code,
            OpenIdConnectResponseMode.Query
        );
        (options.UsePkce, options.MapInboundClaims, options.SaveTokens, options.GetClaimsFromUserInfoEndpoint) = (
            true,
            false,
            false,
            false
        );
        options.PushedAuthorizationBehavior = PushedAuthorizationBehavior.Disable;
        options.SignInScheme = SessionAuthentication.SchemeName;
        options.CallbackPath = CallbackPath;
        // The handler would answer these two paths; the portal supports sign-out by its own routes only.
        (options.RemoteSignOutPath, options.SignedOutCallbackPath) = (default, default);
        options.Scope.Clear();
        foreach (var scope in new[] { "openid", "profile", "email" })
            options.Scope.Add(scope);
        options.TokenValidationParameters.ValidIssuers = [issuer, issuer + "/"];
        options.TokenValidationParameters.ValidAlgorithms = SignedIdTokens.Algorithms;
        options.TokenHandler = new SignedIdTokens(options);
        options.TokenValidationParameters.NameClaimType = "preferred_username";
        // The handler deletes the issuer by default, but a subject identifies a user only together with its issuer.
        options.ClaimActions.Remove("iss");
        // The __Host- prefix, as for all cookies here: otherwise a sibling site (the cockpit of a machine under the
        // same domain) could set its own pair and sign a visitor in to its account.
        (options.CorrelationCookie.Name, options.NonceCookie.Name) = ("__Host-hero-correlation.", "__Host-hero-nonce.");
        foreach (var cookie in new[] { options.CorrelationCookie, options.NonceCookie })
            (cookie.Path, cookie.SameSite, cookie.SecurePolicy, cookie.HttpOnly, cookie.IsEssential) = (
                "/",
                SameSiteMode.Lax,
                CookieSecurePolicy.Always,
                true,
                true
            );
        options.BackchannelTimeout = TimeSpan.FromSeconds(30);
        Listen(options.Events, portal);
    }

    private static void Listen(OpenIdConnectEvents events, PortalOptions portal)
    {
        events.OnRedirectToIdentityProvider = c =>
        {
            c.ProtocolMessage.RedirectUri = portal.Link(CallbackPath);
            return Task.CompletedTask;
        };
        // The answer arrives as a redirect only. A form that is posted here would skip the checks of unsafe requests.
        events.OnMessageReceived = c =>
        {
            if (c.Request.IsUnsafe())
                c.Fail("Only redirects come back here.");
            return Task.CompletedTask;
        };
        // A second check beside SignedIdTokens: the header of the accepted token, independent of the validator
        // that accepted it.
        events.OnTokenValidated = async c =>
        {
            var token = c.SecurityToken;
            if (!SignedIdTokens.IsSigned(token.Header.Alg, token.Header.Kid, token.RawSignature))
                c.Fail("The ID token is not signed as required.");
            else
                await ForgeUserInfo.CompleteAsync(c);
        };
        events.OnTicketReceived = FinishForgeSignIn.RunAsync;
        events.OnRemoteFailure = FailAsync;
    }

    private static Task FailAsync(RemoteFailureContext c)
    {
        c.HandleResponse();
        LogFailure(c.HttpContext, c.Failure);
        var error = c.Request.Query["error"].ToString();
        return Problems.WriteAsync(
            c.HttpContext,
            error == "access_denied" ? ForgeRefusals.ForgeDenied
                : Unreachable(c.Failure) ? ForgeRefusals.ForgeUnreachable
                : AccountRefusals.SignInFailed
        );
    }

    /// <summary>Redirects the browser to the Forge, with a local page to return to.</summary>
    public static Task<IResult> StartAsync(
        HttpContext http,
        ForgeOptions forge,
        RateLimits rates,
        RateLimitOptions limits
    )
    {
        var back = Http.LocalPath(http.Request.Query["return_url"] is [var wanted] ? wanted : null) ?? "/dashboard";
        return AwayAsync(http, forge, rates, limits, new AuthenticationProperties { RedirectUri = back });
    }

    /// <summary>Redirects the browser to the Forge, with the given properties.</summary>
    internal static async Task<IResult> AwayAsync(
        HttpContext http,
        ForgeOptions forge,
        RateLimits rates,
        RateLimitOptions limits,
        AuthenticationProperties properties
    )
    {
        if (!forge.IsOn)
            return ForgeRefusals.ForgeOff.ToResult();
        return await rates.HitAsync("signin:" + http.ClientKey(), limits.SignInsPerMinute) is { } tooOften
            ? tooOften.ToResult()
            : await ChallengeAsync(http, properties);
    }

    /// <summary>
    /// For linking and proving: requests that the Forge authenticates the user again. Forgejo may still redirect a
    /// signed-in user back directly.
    /// </summary>
    internal static Task<IResult> AskAgainAsync(HttpContext http, ForgeSignInIntent intent, string back)
    {
        var properties = new OpenIdConnectChallengeProperties
        {
            RedirectUri = back,
            Prompt = "login",
            MaxAge = TimeSpan.Zero,
        };
        intent.WriteTo(properties);
        return ChallengeAsync(http, properties);
    }

    private static async Task<IResult> ChallengeAsync(HttpContext http, AuthenticationProperties properties)
    {
        try
        {
            await http.ChallengeAsync(SchemeName, properties);
            // After a form the browser must follow the redirect with GET.
            if (http.Request.IsUnsafe())
                http.Response.StatusCode = StatusCodes.Status303SeeOther;
            return Results.Empty;
        }
        catch (Exception e) when (Unreachable(e))
        {
            LogFailure(http, e);
            return ForgeRefusals.ForgeUnreachable.ToResult();
        }
    }

    /// <summary>Logs the types of the exceptions only: messages of the token library quote tokens.</summary>
    private static void LogFailure(HttpContext http, Exception? error)
    {
        var kinds = new List<string>();
        for (var e = error; e is not null; e = e.InnerException)
            kinds.Add(e.GetType().Name);
        var chain = string.Join(" < ", kinds);
        // The callback is public, so the number of log lines is limited.
        if (
            http.RequestServices.GetRequiredService<LogThrottle>().Take("forge " + chain, TimeSpan.FromMinutes(1))
            is > 0
                and var count
        )
            http.RequestServices.GetRequiredService<ILoggerFactory>()
                .CreateLogger(typeof(ForgeSignIn))
                .LogWarning("Sign-in with Forge failed: {Kinds}, {Count} since the last such line", chain, count);
    }

    private static bool Unreachable(Exception? error)
    {
        for (; error is not (null or BadHttpRequestException); error = error.InnerException)
            if (
                error is HttpRequestException or IOException or TaskCanceledException
                || error.Message.Contains("IDX20803", StringComparison.Ordinal)
                || error.Message.Contains("IDX20804", StringComparison.Ordinal)
            )
                return true;
        return false;
    }

    /// <summary>Reports a 5xx of the Forge as an outage; the handler would report it as a malformed answer.</summary>
    private sealed class OutageAsException(HttpMessageHandler inner) : DelegatingHandler(inner)
    {
        protected override async Task<HttpResponseMessage> SendAsync(
            HttpRequestMessage request,
            CancellationToken cancellationToken
        )
        {
            var response = await base.SendAsync(request, cancellationToken);
            var status = response.StatusCode;
            if ((int)status < 500)
                return response;
            using (response)
                throw new HttpRequestException("The Forge answered " + (int)status, null, status);
        }
    }
}
