using HeroOnboarding.Admin.Access;
using HeroOnboarding.Configuration;
using HeroOnboarding.Credit;
using HeroOnboarding.Deployer;
using HeroOnboarding.Plans;
using HeroOnboarding.Pool;
using HeroOnboarding.Store;
using HeroOnboarding.Vms;
using HeroOnboarding.Web;

namespace HeroOnboarding;

/// <summary>The options classes of all features, in the order of <c>docs/configuration.md</c>.</summary>
public static class AllOptions
{
    public static IReadOnlyList<Type> Classes { get; } =
    [
        typeof(PortalOptions),
        typeof(StoreOptions),
        typeof(OperatorOptions),
        .. AllProviders.SignIn.Select(p => p.OptionsType),
        typeof(PoolOptions),
        typeof(ProbeOptions),
        typeof(PlanOptions),
        typeof(TopUpOptions),
        .. AllProviders.Payments.Concat(AllProviders.Verifiers).Select(p => p.OptionsType),
        typeof(DeployerOptions),
        typeof(SiteOptions),
        typeof(LeaseOptions),
        typeof(RateLimitOptions),
        typeof(LogOptions),
    ];

    /// <param name="environment">The environment variables, by their exact names.</param>
    public static LoadedOptions Load(IReadOnlyDictionary<string, string?> environment) => new(Classes, environment);

    /// <summary>The settings of this process.</summary>
    public static LoadedOptions FromEnvironment() => Load(EnvironmentSettings.OfProcess());
}
