using System.Net;
using System.Text.RegularExpressions;
using HeroOnboarding.Tests.Support;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Tests.Admin;

/// <summary>What single pages of operators show.</summary>
public sealed class AdminPageContents
{
    [Fact]
    public async Task Allocations_have_exactly_the_thirteen_columns()
    {
        await using var portal = await Portal.StartAsync(
            Db.Sqlite,
            Portal.Machines(1)[..^1] + """,{"id":"vm-plain"}]"""
        );
        var asha = await portal.SignUpWithPlanAsync("asha");
        (await asha.AllocateAsync()).Expect(201);
        portal.Clock.Advance(TimeSpan.FromSeconds(1));
        (await asha.AllocateAsync()).Expect(201);
        using var browser = await portal.OperatorAsync();
        var body = (await browser.OpenAsync("/admin/allocations")).Expect(200).Body;
        var headings = Regex
            .Matches(body, "<th\\b[^>]*>(.*?)</th>", RegexOptions.Singleline)
            .Select(m => Regex.Replace(m.Groups[1].Value, "<[^>]*>", "").Trim());
        Assert.Equal(
            [
                "sid",
                "user",
                "plan",
                "provisioner",
                "pool vm",
                "status",
                "address",
                "forge id",
                "cost",
                "created",
                "expires",
                "released",
                "cockpit",
            ],
            headings
        );
        var cockpits = Regex
            .Matches(
                body,
                "<td data-label=\"cockpit\">\\s*((?:<a href=\"https://vm-0001[^>]*>Open →</a>)|—)\\s*</td>\\s*</tr>"
            )
            .Select(m => m.Groups[1].Value)
            .ToList();
        Assert.Equal(
            ["—", "<a href=\"https://vm-0001.example.org/\" rel=\"noopener noreferrer\">Open →</a>"],
            cockpits.Select(WebUtility.HtmlDecode)
        );
    }

    [Fact]
    public async Task Setup_shows_what_is_set_without_the_values_of_secrets()
    {
        const string clientSecret = "planted-client-secret-7431";
        await using var portal = await Portal.StartAsync(
            Db.Sqlite,
            environment: new Dictionary<string, string?>
            {
                ["FORGE_URL"] = "https://forge.test",
                ["FORGE_CLIENT_ID"] = "portal",
                ["FORGE_CLIENT_SECRET"] = clientSecret,
                ["HERO_ONBOARDING_ADMIN_SECRETS"] = "x",
            }
        );
        using var browser = await portal.OperatorAsync();
        var body = (await browser.OpenAsync("/admin/setup")).Expect(200).Body;
        Assert.DoesNotContain(clientSecret, body, StringComparison.Ordinal);
        Assert.DoesNotContain(Portal.AdminSecret, body, StringComparison.Ordinal);
        Assert.Contains("https://localhost/login/forge/callback", body, StringComparison.Ordinal);
        Assert.Contains("Base URL fits", body, StringComparison.Ordinal);
        Assert.Contains("HERO_ONBOARDING_ADMIN_SECRETS", body, StringComparison.Ordinal);
        Assert.Contains("DEPLOYER_URL and DEPLOYER_SECRET are not set", body, StringComparison.Ordinal);
        Assert.Contains("vms-10", body, StringComparison.Ordinal);
    }

    [Theory, BothDatabases]
    public async Task The_overview_names_what_needs_somebody(Db db)
    {
        await using var portal = await Portal.StartAsync(db, Portal.Machines(1));
        using var browser = await portal.OperatorAsync();
        Assert.Contains("Nothing needs you now", (await browser.OpenAsync("/admin")).Body, StringComparison.Ordinal);
        var asha = await portal.SignUpWithPlanAsync("asha");
        var lease = (await asha.AllocateAsync()).Expect(201).Text("sid");
        Assert.Contains("Pool empty", (await browser.OpenAsync("/admin")).Body, StringComparison.Ordinal);
        (await asha.ReleaseAsync(lease)).Expect(200);
        await portal.RunJobAsync("credit.reconcile");
        await portal.Units.RunAsync(
            "test.seed",
            new("system", "test"),
            async unit =>
            {
                await unit.Db.Outbox.ExecuteUpdateAsync(set => set.SetProperty(r => r.Stuck, true));
                await unit.Db.Jobs.ExecuteUpdateAsync(set => set.SetProperty(r => r.LastOk, false));
            }
        );
        var body = (await browser.OpenAsync("/admin")).Expect(200).Body;
        foreach (
            var (word, link) in new[]
            {
                ("To be erased", "state=recycling"),
                ("Outbox stuck", "state=stuck"),
                ("Job failed", "name=credit.reconcile"),
                ("Pool empty", "/admin/pool"),
            }
        )
        {
            Assert.Contains(word, body, StringComparison.Ordinal);
            Assert.Contains(link, body, StringComparison.Ordinal);
        }
    }
}
