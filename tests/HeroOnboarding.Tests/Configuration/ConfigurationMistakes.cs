using HeroOnboarding.Admin.Access;
using HeroOnboarding.Cli;
using HeroOnboarding.Configuration;
using HeroOnboarding.Web;

namespace HeroOnboarding.Tests.Configuration;

/// <summary>
/// Every mistake in the settings is named in one sentence, secrets excepted, and the server does not start with it.
/// </summary>
public sealed class ConfigurationMistakes
{
    private const string GoodSecret = "0123456789abcdef0123456789abcdef";
    private const string Whsec = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

    /// <summary>Settings, and a part of the sentence about them.</summary>
    public static TheoryData<string, string> Mistakes { get; } =
        new()
        {
            { "PUBLIC_BASE_URL=portal.example.org", "PUBLIC_BASE_URL" },
            { "PUBLIC_BASE_URL=https://portal.example.org/app", "without a path" },
            { "PUBLIC_BASE_URL=http://portal.example.org", "need https" },
            { "PUBLIC_BASE_URL=https://me:word@portal.example.org", "PUBLIC_BASE_URL" },
            { "PUBLIC_BASE_URL=ftp://portal.example.org", "PUBLIC_BASE_URL" },
            { "LISTEN=9920", "LISTEN is '9920'" },
            { "LISTEN=http://127.0.0.1:9920/portal", "LISTEN is 'http://127.0.0.1:9920/portal'" },
            { "LISTEN=tcp://127.0.0.1:9920", "LISTEN" },
            { "TRUSTED_PROXIES=10.0.0.0/8,proxy.example.org", "'proxy.example.org'" },
            { "TRUSTED_PROXIES=10.0.0.0/99", "TRUSTED_PROXIES" },
            { "DATABASE_URL=postgres://user:hush@@:x/", "DATABASE_URL is neither" },
            { "DATABASE_URL=postgres://user:hush@db.example.org:5432/", "DATABASE_URL names no host or no database" },
            { "DATABASE_URL=postgres://user:hush@db.example.org", "DATABASE_URL names no host or no database" },
            { "DATABASE_URL=mysql://db/hush", "DATABASE_URL is neither" },
            { "DATA_PROTECTION_CERTIFICATE=/nowhere/cert.pem", "DATA_PROTECTION_CERTIFICATE: cannot read" },
            { "HERO_ONBOARDING_ADMIN_SECRET=hush", "has 4 bytes; it needs at least 32" },
            {
                "HERO_ONBOARDING_ADMIN_SECRET=" + GoodSecret + ";HERO_ONBOARDING_ADMIN_SECRET_NEXT=hush",
                "HERO_ONBOARDING_ADMIN_SECRET_NEXT has 4 bytes"
            },
            { "HERO_ONBOARDING_ADMIN_SECRET_NEXT=" + GoodSecret, "HERO_ONBOARDING_ADMIN_SECRET is not" },
            { "FORGE_URL=https://forge.example.org", "FORGE_CLIENT_ID and FORGE_CLIENT_SECRET are not" },
            { "FORGE_CLIENT_ID=portal;FORGE_CLIENT_SECRET=hush", "FORGE_URL is not" },
            {
                "FORGE_URL=http://forge.example.org;FORGE_CLIENT_ID=portal;FORGE_CLIENT_SECRET=hush",
                "FORGE_URL is not an https address"
            },
            {
                "PUBLIC_BASE_URL=https://portal.example.org;FORGE_URL=http://127.0.0.1:3000;FORGE_CLIENT_ID=portal;"
                    + "FORGE_CLIENT_SECRET=hush",
                "simulators are for development only"
            },
            { "ADMIN_FORGE_USERS=1:owner", "ADMIN_FORGE_USERS is set but FORGE_URL" },
            {
                "FORGE_URL=https://forge.example.org;FORGE_CLIENT_ID=portal;FORGE_CLIENT_SECRET=hush;"
                    + "ADMIN_FORGE_USERS=asha:owner",
                "'asha:owner'; people are named by their numeric Forge id"
            },
            {
                "FORGE_URL=https://forge.example.org;FORGE_CLIENT_ID=portal;FORGE_CLIENT_SECRET=hush;"
                    + "ADMIN_FORGE_USERS=007:owner",
                "'007:owner'; people are named by their numeric Forge id"
            },
            {
                "FORGE_URL=https://forge.example.org;FORGE_CLIENT_ID=portal;FORGE_CLIENT_SECRET=hush;"
                    + "ADMIN_FORGE_USERS=1",
                "each id needs one of the roles viewer, operator, owner"
            },
            {
                "FORGE_URL=https://forge.example.org;FORGE_CLIENT_ID=portal;FORGE_CLIENT_SECRET=hush;"
                    + "ADMIN_FORGE_USERS=1:admin",
                "'1:admin'; each id needs one of the roles"
            },
            {
                "FORGE_URL=https://forge.example.org;FORGE_CLIENT_ID=portal;FORGE_CLIENT_SECRET=hush;"
                    + "ADMIN_FORGE_USERS=1:owner:2",
                "each id needs one of the roles"
            },
            {
                "FORGE_URL=https://forge.example.org;FORGE_CLIENT_ID=portal;FORGE_CLIENT_SECRET=hush;"
                    + "ADMIN_FORGE_USERS=1:owner, "
                    + "1:viewer",
                "ADMIN_FORGE_USERS names 1 twice"
            },
            { "VM_POOL_JSON={", "VM_POOL_JSON: It is not well-formed JSON" },
            { "VM_POOL_JSON={}", "VM_POOL_JSON: It must be an array" },
            { "VM_POOL_JSON=[{\"id\":\"a\"},{\"id\":\"a\"}]", "Entry 2 ('a'): this 'id' is there twice" },
            { "VM_POOL_JSON=[{\"id\":\"a\",\"status\":\"gone\"}]", "'status' must be" },
            { "VM_POOL_JSON=@/nowhere/pool.json", "cannot read the file '/nowhere/pool.json'" },
            { "PROVISIONER_DEMO=maybe", "PROVISIONER_DEMO is 'maybe'; it must be one of false, true" },
            { "PLANS_JSON={}", "PLANS_JSON: it is not a JSON array" },
            { "PLANS_JSON=[]", "PLANS_JSON: it needs 1 to 50 plans" },
            { "PLANS_JSON=[{\"id\":\"A B\",\"price_cents\":1,\"vm_count\":1}]", "plan 1 needs an id" },
            { "PLANS_JSON=[{\"id\":\"a\",\"price_cents\":-1,\"vm_count\":1}]", "plan 'a' needs price_cents" },
            { "PLANS_JSON=[{\"id\":\"a\",\"price_cents\":1,\"vm_count\":0}]", "plan 'a' needs vm_count" },
            {
                "PLANS_JSON=[{\"id\":\"a\",\"price_cents\":1,\"vm_count\":1},"
                    + "{\"id\":\"a\",\"price_cents\":1,\"vm_count\":1}]",
                "plan 'a' is there twice"
            },
            { "DEPLOYER_URL=https://deployer.example.org", "DEPLOYER_SECRET is not" },
            { "DEPLOYER_SECRET=" + Whsec, "DEPLOYER_URL is not" },
            { "DEPLOYER_URL=https://deployer.example.org;DEPLOYER_SECRET=hush", "DEPLOYER_SECRET must be 'whsec_'" },
            { "DEPLOYER_URL=https://deployer.example.org;DEPLOYER_SECRET=whsec_aHVzaA==", "24 to 64 bytes" },
            {
                "DEPLOYER_URL=ftp://deployer.example.org;DEPLOYER_SECRET=" + Whsec,
                "DEPLOYER_URL is not an https address"
            },
            {
                "PUBLIC_BASE_URL=https://portal.example.org;DEPLOYER_URL=http://localhost:9932;DEPLOYER_SECRET="
                    + Whsec,
                "DEPLOYER_URL is a loopback address"
            },
            { "SUPPORT_URL=javascript:alert(1)", "SUPPORT_URL" },
            { "TERMS_URL=terms.html", "TERMS_URL" },
            { "PRIVACY_URL=http://example.org/privacy", "PRIVACY_URL" },
            { "HANDOUTS_PER_SLOT=0", "whole number from 1 to 1000" },
            { "RATE_REQUESTS_PER_MINUTE=many", "RATE_REQUESTS_PER_MINUTE is 'many'" },
            { "RATE_SIGNINS_PER_MINUTE=-1", "RATE_SIGNINS_PER_MINUTE is '-1'" },
            { "RATE_ADMIN_FAILURES_PER_MINUTE=1e3", "RATE_ADMIN_FAILURES_PER_MINUTE is '1e3'" },
            { "LOG_FORMAT=xml", "LOG_FORMAT is 'xml'; it must be one of json, text" },
        };

    [Theory]
    [MemberData(nameof(Mistakes))]
    public void A_mistake_is_named_in_one_sentence(string settings, string named)
    {
        var (code, output, loaded) = Check(settings);
        var mistake = Assert.Single(loaded.Mistakes);
        Assert.Contains(named, mistake, StringComparison.Ordinal);
        Assert.EndsWith(".", mistake.TrimEnd(')'), StringComparison.Ordinal);
        Assert.Equal(2, code);
        Assert.Contains(mistake, output, StringComparison.Ordinal);
        Assert.DoesNotContain("hush", output, StringComparison.Ordinal);
        Assert.DoesNotContain(GoodSecret, output, StringComparison.Ordinal);
    }

    [Fact]
    public void All_mistakes_are_named_at_once()
    {
        var (_, _, settings) = Check(
            "LISTEN=x;LOG_FORMAT=x;HANDOUTS_PER_SLOT=x;DEPLOYER_URL=https://deployer.example.org"
        );
        Assert.Equal(4, settings.Mistakes.Count);
    }

    [Theory]
    [InlineData("")]
    [InlineData("PUBLIC_BASE_URL=https://portal.example.org;HERO_ONBOARDING_ADMIN_SECRET=" + GoodSecret)]
    [InlineData("VM_POOL_JSON=[];PROVISIONER_DEMO=true;LOG_FORMAT=TEXT;SUPPORT_URL=mailto:help@example.org")]
    [InlineData("DATABASE_URL=postgres://user:hush%40@db.example.org:5432/hero?sslmode=require")]
    [InlineData("DATABASE_URL=Host=db;Username=hero")]
    [InlineData("TRUSTED_PROXIES=10.0.0.0/8, 192.0.2.1 ,2001:db8::/32")]
    [InlineData("FORGE_URL=http://127.0.0.1:3000;FORGE_CLIENT_ID=portal;FORGE_CLIENT_SECRET=hush")]
    [InlineData(
        "FORGE_URL=https://forge.example.org;FORGE_CLIENT_ID=portal;FORGE_CLIENT_SECRET=hush;ADMIN_FORGE_USERS= "
            + "1:owner, 2:operator ,3:viewer,"
    )]
    [InlineData("PATH=/bin;HOME=/root;LANG=C;HOSTNAME=x;LISTEN_FDS=1;POSTGRES_URL=x;SECRET=x")]
    public void What_is_fine_is_called_fine(string settings)
    {
        var (code, output, loaded) = Check(settings);
        Assert.Empty(loaded.Mistakes);
        Assert.Empty(loaded.NearMisses);
        Assert.Equal(0, code);
        Assert.StartsWith("The settings are fine.", output, StringComparison.Ordinal);
        Assert.DoesNotContain("hush", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("FORGE_CLIENTID", "FORGE_CLIENT_ID")]
    [InlineData("forge_url", "FORGE_URL")]
    [InlineData("PUBLIC_BASEURL", "PUBLIC_BASE_URL")]
    [InlineData("VM_POOL_JSN", "VM_POOL_JSON")]
    [InlineData("DATABASE_URI", "DATABASE_URL")]
    [InlineData("HERO_ONBOARDING_SECRET", "HERO_ONBOARDING_ADMIN_SECRET")]
    public void A_name_that_looks_like_a_setting_is_a_mistake_of_check_config_and_not_of_the_server(
        string name,
        string meant
    )
    {
        var (code, output, settings) = Check(name + "=hush");
        Assert.Empty(settings.Mistakes);
        Assert.Equal($"{name} is not a setting; did you mean {meant}?", Assert.Single(settings.NearMisses));
        Assert.Equal(2, code);
        Assert.DoesNotContain("hush", output, StringComparison.Ordinal);
    }

    [Fact]
    public void Settings_are_read_from_files_too_and_the_environment_wins()
    {
        var folder = Directory.CreateTempSubdirectory("hero-credentials-").FullName;
        File.WriteAllText(Path.Combine(folder, "HERO_ONBOARDING_ADMIN_SECRET"), GoodSecret + "\n");
        File.WriteAllText(Path.Combine(folder, "SELLER_NAME"), "File");
        File.WriteAllText(Path.Combine(folder, "LOG_FORMAT"), "xml");
        File.WriteAllText(Path.Combine(folder, "UNKNOWN"), "nothing");
        var settings = AllOptions.Load(
            new Dictionary<string, string?> { ["CREDENTIALS_DIRECTORY"] = folder, ["SELLER_NAME"] = "Environment" }
        );
        Assert.True(settings.Get<OperatorOptions>().AdminSecret!.Matches(GoodSecret));
        Assert.Equal("Environment", settings.Get<SiteOptions>().SellerName);
        Assert.Contains("LOG_FORMAT is 'xml'", Assert.Single(settings.Mistakes), StringComparison.Ordinal);
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public void A_secret_prints_as_stars()
    {
        var secret = new Secret("hush");
        Assert.Equal("***", secret.ToString());
        Assert.Equal("***", $"{secret}");
        Assert.DoesNotContain("hush", System.Text.Json.JsonSerializer.Serialize(secret), StringComparison.Ordinal);
        Assert.True(secret.Matches("hush"));
        Assert.False(
            secret.Matches(null) || secret.Matches("") || secret.Matches("Hush") || new Secret("").Matches(null)
        );
    }

    /// <param name="settings">NAME=value, separated by semicolons before the next NAME=.</param>
    private static (int Code, string Output, LoadedOptions Settings) Check(string settings)
    {
        var environment = System
            .Text.RegularExpressions.Regex.Split(settings, ";(?=[A-Z_]+=)")
            .Where(s => s.Length > 0)
            .ToDictionary(
                s => s[..s.IndexOf('=', StringComparison.Ordinal)],
                s => (string?)s[(s.IndexOf('=', StringComparison.Ordinal) + 1)..]
            );
        var (loaded, output) = (AllOptions.Load(environment), new StringWriter());
        return (CommandLine.CheckConfig(loaded, output), output.ToString(), loaded);
    }
}
