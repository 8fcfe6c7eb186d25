using HeroOnboarding.Configuration;
using HeroOnboarding.Store;
using Microsoft.AspNetCore.HttpOverrides;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.ApplicationModels;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace HeroOnboarding.Web;

/// <summary>Middleware and registrations around every route.</summary>
public static class WebFeature
{
    /// <summary>The cookie of the form token.</summary>
    internal const string FormCookie = "__Host-hero-form";

    public static void Add(IServiceCollection services, LoadedOptions options)
    {
        services.AddSingleton<RefusalCatalog>();
        services.AddRefusals("Any request", typeof(Refusals));
        Compression.Add(services);
        services.AddSingleton<StaticFiles>();
        services.AddSingleton<LogThrottle>();
        services.AddSingleton<ReadCheck>();
        services.AddSingleton<RateLimits>();
        services.AddHttpContextAccessor();
        services.AddSingleton<FindRequestCount>(sp =>
            () => sp.GetRequiredService<IHttpContextAccessor>().HttpContext?.Features.Get<RequestCount>()
        );
        services.AddSingleton<Webhooks>();
        services.AddSingleton<KeptInputs>();
        services.AddSingleton(sp => new InstanceWork(
            Webhooks.WriteEvery,
            sp.GetRequiredService<Webhooks>().WriteAsync
        ));
        services.AddSingleton(sp => new Outgoing(sp.GetRequiredService<CrashPoints>()));
        services.ConfigureHttpJsonOptions(o => Json.Configure(o.SerializerOptions));
        AddPages(services);
        KeyStore.Add(services, options.Get<StoreOptions>());
        services.AddAuthorizationBuilder().SetFallbackPolicy(Policies.Nobody);
        OpenApi.Add(services);
        services.DescribeTag("Health", "Whether the portal serves, and what it is.");
        services.DescribeTag("Webhooks", "What providers call.");
        PublicAnswer.AddLimit(services);
        services.Configure<ForwardedHeadersOptions>(o =>
        {
            o.ForwardedHeaders = ForwardedHeaders.XForwardedFor | ForwardedHeaders.XForwardedProto;
            o.ForwardLimit = 1;
            o.KnownIPNetworks.Clear();
            o.KnownProxies.Clear();
            foreach (var network in options.Get<PortalOptions>().TrustedProxies)
                o.KnownIPNetworks.Add(network);
        });
    }

    private static void AddPages(IServiceCollection services)
    {
        services.AddRazorPages(o =>
        {
            o.RootDirectory = "/";
            // One filter (UnsafeRequests) covers every route; Razor's own covers pages only.
            o.Conventions.ConfigureFilter(new IgnoreAntiforgeryTokenAttribute());
            o.Conventions.AddFolderRouteModelConvention("/", page => SetMethods(page, ["GET", "HEAD"]));
        });
        services.AddAntiforgery(o =>
        {
            o.Cookie = new SecureCookie
            {
                Name = FormCookie,
                HttpOnly = true,
                SameSite = SameSiteMode.Lax,
                IsEssential = true,
            };
            o.SuppressXFrameOptionsHeader = true;
        });
    }

    /// <summary>Declares that a page has a handler for POST. All other pages answer GET and HEAD only.</summary>
    /// <param name="page">View path, such as <c>/Admin/Pool/PoolPreview</c>.</param>
    internal static void AllowPost(this IServiceCollection services, string page) =>
        services.Configure<RazorPagesOptions>(o =>
            o.Conventions.AddPageRouteModelConvention(page, model => SetMethods(model, ["GET", "HEAD", "POST"]))
        );

    /// <summary>
    /// Limits the methods of a page's route, so that routing answers 405 with Allow for all others. Without this, Razor
    /// Pages renders the page for any method, with a model that no handler has filled.
    /// </summary>
    private static void SetMethods(PageRouteModel page, string[] methods)
    {
        foreach (var metadata in page.Selectors.Select(s => s.EndpointMetadata))
        {
            foreach (var old in metadata.OfType<HttpMethodMetadata>().ToList())
                metadata.Remove(old);
            metadata.Add(new HttpMethodMetadata(methods));
        }
    }

    public static void Use(WebApplication app)
    {
        if (app.Services.GetRequiredService<PortalOptions>().TrustedProxies.Count > 0)
            app.UseForwardedHeaders();
        app.UseMiddleware<SecurityHeaders>();
        Compression.Use(app);
        app.UseProblems();
        app.UseRouting();
        app.Use(AnswerUnknownMethodsAsync);
        app.UseRateLimiter();
        app.UseMiddleware<BodyLimits>();
        app.UseAuthentication();
        app.UseAuthorization();
        app.UseMiddleware<UnsafeRequests>();
    }

    /// <summary>
    /// Routing selects an endpoint of its own (405 with Allow) where a path exists but not with this method. It runs
    /// here, before authentication, because the OpenID Connect middleware answers every method on its callback path.
    /// </summary>
    private static Task AnswerUnknownMethodsAsync(HttpContext http, RequestDelegate next) =>
        http.GetEndpoint() is { RequestDelegate: { } answer } endpoint and not RouteEndpoint
            ? answer(http)
            : next(http);

    public static void Routes(WebApplication app)
    {
        app.MapStaticAssets().AllowAnonymous();
        app.MapRazorPages().WithStaticAssets();
        Health.Routes(app);
        OpenApi.Routes(app);
        PublicFiles.Routes(app);
    }
}
