using HeroOnboarding.Accounts.Forge;
using HeroOnboarding.Accounts.Mycelium;
using HeroOnboarding.Credit.Stripe;
using HeroOnboarding.Kyc.Idenfy;
using HeroOnboarding.Web;

namespace HeroOnboarding;

/// <summary>All providers, in the order of <c>docs/configuration.md</c>.</summary>
public static class AllProviders
{
    public static IReadOnlyList<IProvider> SignIn { get; } = [new ForgeProvider(), new MyceliumProvider()];

    public static IReadOnlyList<IProvider> Payments { get; } = [new StripeProvider()];

    public static IReadOnlyList<IProvider> Verifiers { get; } = [new IdenfyProvider()];

    public static IReadOnlyList<IProvider> All { get; } = [.. SignIn, .. Payments, .. Verifiers];
}
