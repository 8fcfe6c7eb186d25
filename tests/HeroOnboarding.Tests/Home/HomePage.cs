using HeroOnboarding.Tests.Support;
using HeroOnboarding.Vms;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Tests.Home;

public sealed class HomePage
{
    [Fact]
    public async Task Strangers_read_what_it_is_what_it_costs_and_how_many_machines_are_free()
    {
        await using var portal = await Portal.StartAsync(Db.Sqlite, Portal.Machines(2));
        var page = (await portal.Browser().OpenAsync("/")).Expect(200).Body;
        foreach (
            var words in new[]
            {
                "2 machines free now",
                "$10.00 for 30 days",
                "$20.00 for 30 days",
                "How it works",
                "No backups.",
            }
        )
            Assert.Contains(words, Markup.Text(page), StringComparison.Ordinal);
        Assert.Contains("href=\"/login\">Sign in</a>", page, StringComparison.Ordinal);
        Assert.DoesNotContain("class=\"notice\"", page, StringComparison.Ordinal);
        Assert.DoesNotContain("class=\"foot\"", page, StringComparison.Ordinal);
    }

    /// <summary>The page does not point to accounts with which nobody could sign in here.</summary>
    [Theory]
    [InlineData(
        true,
        true,
        "With your Forge account, whose password we never see, or with the address of your Mycelium node."
    )]
    [InlineData(true, false, "With your Forge account; we never see your password.")]
    [InlineData(false, true, "With the address of your Mycelium node; there is no password.")]
    [InlineData(false, false, "Sign-in is not set up here yet; ask the operator of this site.")]
    public async Task The_first_step_names_the_ways_to_sign_in_of_this_portal(bool forge, bool mycelium, string words)
    {
        await using var portal = await Portal.StartAsync(
            Db.Sqlite,
            environment: new Dictionary<string, string?>
            {
                ["FORGE_URL"] = forge ? "https://forge.test" : null,
                ["FORGE_CLIENT_ID"] = forge ? "hero" : null,
                ["FORGE_CLIENT_SECRET"] = forge ? "test-client-secret" : null,
                ["MYCELIUM_API_URL"] = mycelium ? "http://127.0.0.1:9" : null,
            }
        );
        var page = Markup.Text((await portal.Browser().OpenAsync("/")).Expect(200).Body);
        Assert.Contains("Sign in and verify " + words, page, StringComparison.Ordinal);
        Assert.Equal(forge, page.Contains("Forge", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(100, "100 machines free now")]
    [InlineData(101, "More than 100 machines free now")]
    public async Task More_than_a_hundred_free_machines_are_not_counted(int machines, string words)
    {
        await using var portal = await Portal.StartAsync(Db.Sqlite, Portal.Machines(machines));
        foreach (var path in new[] { "/", "/plans" })
            Assert.Contains(
                words,
                Markup.Text((await portal.Browser().OpenAsync(path)).Expect(200).Body),
                StringComparison.Ordinal
            );
    }

    [Fact]
    public async Task Customers_go_on_to_their_machines_under_their_own_name()
    {
        await using var portal = await Portal.StartAsync(Db.Sqlite);
        var page = (await (await portal.SignUpAsync("asha")).Browser.OpenAsync("/?signed_out=1")).Expect(200).Body;
        Assert.Contains("href=\"/dashboard\">To your machines</a>", page, StringComparison.Ordinal);
        Assert.Contains("title=\"Signed in as asha\"", page, StringComparison.Ordinal);
        Assert.Contains("No machine free right now", page, StringComparison.Ordinal);
        Assert.DoesNotContain("You are signed out", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Every_page_says_when_machines_are_samples_and_who_sells()
    {
        await using var portal = await Portal.StartAsync(
            Db.Sqlite,
            pool: null,
            new Dictionary<string, string?>
            {
                ["PROVISIONER_DEMO"] = "true",
                ["SELLER_NAME"] = "Hero <Ltd>",
                ["TERMS_URL"] = "https://example.org/terms",
                ["PRIVACY_URL"] = "https://example.org/privacy",
                ["SUPPORT_URL"] = "mailto:help@example.org",
            }
        );
        var asha = await portal.SignUpAsync("asha");
        foreach (var path in new[] { "/", "/login", "/plans", "/dashboard", "/credit", "/account" })
        {
            var page = (await asha.Browser.OpenAsync(path)).Expect(200).Body;
            foreach (
                var words in new[]
                {
                    "Demo pool: machines here are samples.",
                    "Hero &lt;Ltd&gt;",
                    "https://example.org/terms",
                    "https://example.org/privacy",
                    "mailto:help@example.org",
                }
            )
                Assert.True(page.Contains(words, StringComparison.Ordinal), $"{path} lacks {words}");
        }
    }

    [Fact]
    public async Task Names_that_look_like_markup_are_text_on_every_page()
    {
        const string name = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>";
        await using var portal = await Portal.StartAsync(
            Db.Sqlite,
            """[{"id":"vm-1","node":"<b>n</b>","labels":{"<i>k</i>":"<script>v</script>"}}]"""
        );
        var asha = await portal.SignUpWithPlanAsync(name);
        (await asha.AllocateAsync()).Expect(201);
        await portal.Units.RunAsync(
            "test.seed",
            new("operator", "tester"),
            unit =>
                unit.Db.VmAllocations.ExecuteUpdateAsync(set =>
                    set.SetProperty(a => a.Address, "<img src=x onerror=alert(3)>")
                )
        );
        foreach (var path in new[] { "/", "/login", "/plans", "/dashboard", "/credit", "/account", "/no-such-page" })
        {
            var page = (await asha.Browser.OpenAsync(path)).Body;
            foreach (var raw in new[] { "<script>alert", "<img src=x", "<script>v", "<b>n</b>", "\"'>" })
                Assert.False(page.Contains(raw, StringComparison.Ordinal), $"{path} carries {raw}");
        }
        Assert.Contains(
            "&lt;script&gt;alert(1)",
            (await asha.Browser.OpenAsync("/account")).Body,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task Every_form_on_every_page_carries_its_token()
    {
        await using var portal = await Portal.StartAsync(Db.Sqlite, Portal.Machines(2));
        var asha = await portal.SignUpAsync("asha");
        await asha.PassKycAsync();
        await asha.TopUpAsync(2000);
        await CheckAsync("/plans", 1 + 2);
        (await asha.BuyPlanAsync(startNow: true)).Expect(201);
        await CheckAsync("/dashboard", 1 + 3);
        await CheckAsync("/account", 1 + 2);
        await CheckAsync("/account/sign-out-everywhere", 1 + 1);
        await CheckAsync("/credit", 1);

        async Task CheckAsync(string path, int count)
        {
            var forms = Markup.Forms((await asha.Browser.OpenAsync(path)).Expect(200).Body);
            Assert.Equal(count, forms.Count);
            Assert.All(forms, f => Assert.Contains("__RequestVerificationToken", f, StringComparison.Ordinal));
            Assert.All(
                forms.Where(f =>
                    f.Contains("/plan/buy", StringComparison.Ordinal)
                    || f.Contains("/vm/allocate", StringComparison.Ordinal)
                    || f.Contains("/vm/replace", StringComparison.Ordinal)
                ),
                f => Assert.Contains("name=\"idempotency_key\"", f, StringComparison.Ordinal)
            );
        }
    }

    [Fact]
    public async Task An_address_that_leads_nowhere_is_a_page_with_a_way_back()
    {
        await using var portal = await Portal.StartAsync(Db.Sqlite);
        var reply = (await portal.Browser().OpenAsync("/no/such/page")).Expect(404);
        Assert.Contains("There is no such thing here.", reply.Body, StringComparison.Ordinal);
        Assert.Contains("trace", reply.Body, StringComparison.Ordinal);
    }
}
