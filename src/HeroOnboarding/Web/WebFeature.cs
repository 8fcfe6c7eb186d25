using HeroOnboarding.Store;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.HttpOverrides;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace HeroOnboarding.Web;

/// <summary>What stands in front of and around every route.</summary>
public static class WebFeature
{
    /// <summary>The cookie half of the form token.</summary>
    internal const string FormCookie = "__Host-hero-form";

    public static void Add(IServiceCollection services, Settings settings)
    {
        Compression.Add(services);
        services.AddSingleton<StaticFiles>();
        services.AddSingleton<LogThrottle>();
        services.AddSingleton<RateLimits>();
        services.AddSingleton<Webhooks>();
        services.AddSingleton<KeptInputs>();
        services.AddSingleton(sp => new Outgoing(sp.GetRequiredService<CrashPoints>()));
        services.ConfigureHttpJsonOptions(o => Json.Configure(o.SerializerOptions));
        services.AddRazorPages(o =>
        {
            o.RootDirectory = "/";
            // One filter (UnsafeRequests) covers every route; Razor's own would cover pages only.
            o.Conventions.ConfigureFilter(new IgnoreAntiforgeryTokenAttribute());
            o.Conventions.AddFolderApplicationModelConvention("/Admin", page =>
                page.EndpointMetadata.Add(new AuthorizeAttribute(Admin.Rights.PolicyOfPage("/" + page.ActionDescriptor.AttributeRouteInfo?.Template))));
            o.Conventions.AllowAnonymousToPage("/Admin/SignIn");
        });
        UnboundProperties.PassBy(services);
        services.AddAntiforgery(o =>
        {
            o.Cookie = new SecureCookie { Name = FormCookie, HttpOnly = true, SameSite = SameSiteMode.Lax, IsEssential = true };
            o.SuppressXFrameOptionsHeader = true;
        });
        KeyStore.Add(services, settings);
        Policies.Add(services);
        OpenApi.Add(services);
        services.Configure<ForwardedHeadersOptions>(o =>
        {
            o.ForwardedHeaders = ForwardedHeaders.XForwardedFor | ForwardedHeaders.XForwardedProto;
            o.ForwardLimit = 1;
            o.KnownIPNetworks.Clear();
            o.KnownProxies.Clear();
            foreach (var network in settings.TrustedProxies)
                o.KnownIPNetworks.Add(network);
        });
    }

    /// <summary>A page that answers GET only, so that a route may share its path and a POST finds nothing.</summary>
    internal static void OnlyRead(this IServiceCollection services, string page) =>
        services.Configure<RazorPagesOptions>(o => o.Conventions.AddPageRouteModelConvention(page, model =>
        {
            foreach (var selector in model.Selectors)
                selector.EndpointMetadata.Add(new HttpMethodMetadata(["GET", "HEAD"]));
        }));

    public static void Use(WebApplication app)
    {
        var settings = app.Services.GetRequiredService<Settings>();
        if (settings.TrustedProxies.Count > 0)
            app.UseForwardedHeaders();
        app.UseMiddleware<SecurityHeaders>();
        Compression.Use(app);
        app.UseProblems();
        app.UseRouting();
        app.UseMiddleware<BodyLimits>();
        app.UseAuthentication();
        app.UseAuthorization();
        app.UseMiddleware<UnsafeRequests>();
    }

    public static void Routes(WebApplication app)
    {
        app.MapStaticAssets().AllowAnonymous();
        app.MapRazorPages().WithStaticAssets();
        Health.Routes(app);
        OpenApi.Routes(app);
    }
}

/// <summary>
/// Always Secure. <see cref="CookieSecurePolicy.Always"/> would make every form an error where the request itself arrives over plain http: on
/// loopback, and behind a proxy that is not in <c>TRUSTED_PROXIES</c>. Browsers accept Secure cookies from loopback (tried: Chromium 156).
/// </summary>
internal sealed class SecureCookie : CookieBuilder
{
    public override CookieOptions Build(HttpContext context, DateTimeOffset expiresFrom)
    {
        var options = base.Build(context, expiresFrom);
        options.Secure = true;
        return options;
    }
}
