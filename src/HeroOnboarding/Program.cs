using HeroOnboarding;
using HeroOnboarding.Accounts;
using HeroOnboarding.Admin;
using HeroOnboarding.Cli;
using HeroOnboarding.Credit;
using HeroOnboarding.Deployer;
using HeroOnboarding.Kyc;
using HeroOnboarding.Plans;
using HeroOnboarding.Pool;
using HeroOnboarding.Store;
using HeroOnboarding.Vms;
using HeroOnboarding.Web;

return await CommandLine.RunAsync(args);

/// <summary>The table of contents: what the portal is made of.</summary>
public partial class Program
{
    /// <summary>Puts the portal together; nothing runs yet.</summary>
    /// <param name="adjust">For tests: another clock, another wire.</param>
    public static WebApplication Build(Settings settings, Action<WebApplicationBuilder>? adjust = null)
    {
        var builder = Hosting.CreateBuilder(settings);
        var services = builder.Services;
        StoreFeature.Add(services, settings, PortalModel.Rows);
        WebFeature.Add(services, settings);
        AccountsFeature.Add(services, settings);
        KycFeature.Add(services, settings);
        CreditFeature.Add(services);
        PaymentsFeature.Add(services, settings);
        PlansFeature.Add(services);
        VmsFeature.Add(services, settings);
        PoolFeature.Add(services, settings);
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
        WebFeature.Routes(app);
        return app;
    }
}
