using HeroOnboarding.Cli;
using HeroOnboarding.Configuration;

namespace HeroOnboarding.Tests.Configuration;

/// <summary>Settings of the providers as one text: <c>NAME=value</c>, separated by semicolons.</summary>
internal static class ProviderSettings
{
    public const string TestPayments = "STRIPE_SECRET_KEY=sk_test_hush;STRIPE_WEBHOOK_SIGNING_KEY=whsec_hush12";
    public const string LivePayments =
        "STRIPE_SECRET_KEY=sk_live_hush;STRIPE_WEBHOOK_SIGNING_KEY=whsec_hush12;" + Selling;
    public const string Selling =
        "TERMS_URL=https://example.org/t;PRIVACY_URL=https://example.org/p;"
        + "REFUND_POLICY_URL=https://example.org/r;SELLER_NAME=Hero;SELLER_ADDRESS=Road 1";
    public const string Verification =
        "IDENFY_API_KEY=hush-key;IDENFY_API_SECRET=hush-secret;IDENFY_WEBHOOK_SECRET=hush-0123456789abcdef";

    public static (int Code, string Output, LoadedOptions Settings) Check(string settings)
    {
        var (loaded, output) = (
            AllOptions.Load(Parse(settings).ToDictionary(s => s.Key, s => (string?)s.Value)),
            new StringWriter()
        );
        return (CommandLine.CheckConfig(loaded, output), output.ToString(), loaded);
    }

    /// <param name="settings">Of two settings with one name the last one counts.</param>
    public static Dictionary<string, string> Parse(string settings) =>
        settings
            .Split(';', StringSplitOptions.RemoveEmptyEntries)
            .Select(s => s.Split('=', 2))
            .GroupBy(s => s[0])
            .ToDictionary(g => g.Key, g => g.Last()[1], StringComparer.Ordinal);
}
