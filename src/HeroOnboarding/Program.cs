using HeroOnboarding;
using HeroOnboarding.Accounts;
using HeroOnboarding.Admin;
using HeroOnboarding.Cli;
using HeroOnboarding.Configuration;
using HeroOnboarding.Credit;
using HeroOnboarding.Deployer;
using HeroOnboarding.Kyc;
using HeroOnboarding.Plans;
using HeroOnboarding.Pool;
using HeroOnboarding.Store;
using HeroOnboarding.Vms;
using HeroOnboarding.Web;

return await CommandLine.RunAsync(args);

/// <summary>The composition root: names every feature of the portal once.</summary>
public partial class Program
{
    /// <summary>Builds the portal; nothing runs yet.</summary>
    /// <param name="adjust">For tests: replaces the clock or the HTTP handler.</param>
    public static WebApplication Build(LoadedOptions options, Action<WebApplicationBuilder>? adjust = null)
    {
        var builder = Hosting.CreateBuilder(options);
        var services = builder.Services;
        StoreFeature.Add(services, PortalModel.Rows);
        WebFeature.Add(services, options);
        AccountsFeature.Add(services);
        foreach (var provider in AllProviders.All)
            provider.Add(services, options);
        KycFeature.Add(services);
        CreditFeature.Add(services);
        PaymentsFeature.Add(services);
        PlansFeature.Add(services);
        VmsFeature.Add(services, options);
        PoolFeature.Add(services, options);
        DeployerFeature.Add(services);
        AdminFeature.Add(services);
        adjust?.Invoke(builder);

        var app = builder.Build();
        WebFeature.Use(app);
        AccountsFeature.Routes(app);
        KycFeature.Routes(app);
        CreditFeature.Routes(app);
        PaymentsFeature.Routes(app);
        PlansFeature.Routes(app);
        VmsFeature.Routes(app);
        PoolFeature.Routes(app);
        AdminFeature.Routes(app);
        foreach (var provider in AllProviders.All)
            provider.Map(app);
        WebFeature.Routes(app);
        return app;
    }
}
