using System.Text;
using HeroOnboarding.Accounts;
using HeroOnboarding.Accounts.Mycelium;
using HeroOnboarding.Pool;
using HeroOnboarding.Tests.Support;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Tests.Accounts;

/// <summary>Only the reader of a node's messages can sign in with its address.</summary>
public sealed class SigningInWithMycelium
{
    [Theory, BothDatabases]
    public async Task A_code_that_comes_back_opens_an_account_and_later_the_same_one(Db db)
    {
        await using var at = await MyceliumPortal.StartAsync(db);
        var asha = at.Net.Node("asha").IpAddress;
        var browser = at.Portal.Browser();
        var page = await MyceliumPortal.AskAsync(browser, asha, "/login?return_url=%2Fplans%3Fplan%3Dvms-5");
        var text = Markup.Text((await browser.OpenAsync(page)).Expect(200).Body);
        Assert.Contains(asha, text, StringComparison.Ordinal);
        Assert.Contains("Arrived at your node.", text, StringComparison.Ordinal);
        Assert.Contains(
            "curl -s 'http://127.0.0.1:8989/api/v1/messages?timeout=1&topic=aGVyby9sb2dpbi92MQ%3D%3D' | jq -r "
                + ".payload | base64 -d",
            text,
            StringComparison.Ordinal
        );
        var message = at.Message();
        Assert.StartsWith("Sign-in code for https://localhost\n", message, StringComparison.Ordinal);
        Assert.Contains("Never pass it on", message, StringComparison.Ordinal);
        var done = (await MyceliumPortal.EnterAsync(browser, page, at.Code())).Expect(303);
        Assert.Equal("/plans?plan=vms-5", done.Location);
        Assert.Contains(
            "…" + asha[^4..],
            Markup.Text((await browser.OpenAsync("/dashboard")).Expect(200).Body),
            StringComparison.Ordinal
        );
        at.Portal.Clock.Advance(TimeSpan.FromMinutes(2));
        await at.SignInAsync();
        var account = await at.Portal.ReadAsync(d => d.Accounts.SingleAsync());
        Assert.Equal((asha, null), (account.MyceliumAddress, account.ForgeId));
        Assert.Equal(
            2,
            await at.Portal.ReadAsync(d =>
                d.Sessions.CountAsync(s => s.AccountSid == account.Sid && s.Way == "mycelium")
            )
        );
    }

    [Fact]
    public async Task However_the_address_is_written_it_is_one_account_and_so_is_every_address_of_the_node()
    {
        await using var at = await MyceliumPortal.StartAsync();
        var node = at.Net.Node("asha");
        var groups = node.IpAddress.Split(':');
        foreach (
            var written in new[]
            {
                node.IpAddress,
                node.IpAddress.ToUpperInvariant(),
                string.Join(':', groups.Select(g => g.PadLeft(4, '0'))),
                $"  [{node.IpAddress}] ",
                node.InSubnet(7),
            }
        )
        {
            var browser = at.Portal.Browser();
            (
                await MyceliumPortal.EnterAsync(browser, await MyceliumPortal.AskAsync(browser, written), at.Code())
            ).Expect(303);
            at.Portal.Clock.Advance(TimeSpan.FromMinutes(1));
        }
        Assert.Equal(node.IpAddress, (await at.Portal.ReadAsync(d => d.Accounts.SingleAsync())).MyceliumAddress);
    }

    [Fact]
    public async Task Nobody_is_led_to_another_site_afterwards()
    {
        await using var at = await MyceliumPortal.StartAsync();
        var browser = at.Portal.Browser();
        foreach (var elsewhere in new[] { "//evil.example", "https://evil.example/", "/\\evil.example" })
        {
            var asked = await browser.SendAsync(
                HttpMethod.Post,
                "/login/challenge",
                new { address = at.Net.Node("asha").IpAddress, return_url = elsewhere }
            );
            var answer = await MyceliumPortal.VerifyAsync(browser, asked.Text("challenge_token"), at.Code());
            Assert.Equal("/dashboard", answer.Expect(200).Text("location"));
        }
    }

    [Fact]
    public async Task The_code_may_be_brought_as_it_was_found_and_programs_may_bring_it()
    {
        await using var at = await MyceliumPortal.StartAsync();
        foreach (
            var form in new Func<string, string, string>[]
            {
                (code, _) => code,
                (code, _) => code.ToUpperInvariant(),
                (code, _) => Convert.ToBase64String(Convert.FromHexString(code)),
                (_, message) => message,
                (_, message) => Convert.ToBase64String(Encoding.UTF8.GetBytes(message)),
            }
        )
        {
            var program = at.Portal.Browser();
            var asked = (await at.ChallengeAsync(program)).Expect(201);
            Assert.Equal(at.Net.Node("asha").IpAddress, asked.Text("address"));
            var answer = (
                await MyceliumPortal.VerifyAsync(program, asked.Text("challenge_token"), form(at.Code(), at.Message()))
            ).Expect(200);
            Assert.Equal("/dashboard", answer.Text("location"));
            (await program.SendAsync(HttpMethod.Get, "/admin")).Expect(401);
            (await program.OpenAsync("/account")).Expect(200);
            at.Portal.Clock.Advance(TimeSpan.FromMinutes(1));
        }
        Assert.Equal(1, await at.Portal.ReadAsync(d => d.Accounts.CountAsync()));
    }

    [Fact]
    public async Task What_is_no_node_of_ones_own_is_refused_and_no_message_goes_out()
    {
        var juma = "";
        await using (var names = await HeroOnboarding.Simulators.Mycelium.MyceliumSimulator.StartAsync())
            juma = names.Node("juma").InSubnet(9);
        // Listed as its network address, in capitals, and not listed any more.
        await using var at = await MyceliumPortal.StartAsync(
            pool: $$"""[{"id":"vm-1","mycelium_ip":"{{juma.ToUpperInvariant()}}"}]"""
        );
        await at.Portal.RefreshPoolAsync("[]");
        using var browser = at.Portal.Browser();
        async Task<Reply> AskAsync(string address) =>
            await browser.SendAsync(HttpMethod.Post, "/login/challenge", new { address });
        foreach (
            var odd in new[]
            {
                "",
                "asha",
                "10.0.0.1",
                "2001:db8::1",
                "600::1",
                "3ff::1",
                "548:c783::1%1",
                "548:c783::/64",
                "[[548::1]]",
            }
        )
            (await AskAsync(odd)).ExpectRefusal(MyceliumRefusals.MyceliumAddressInvalid);
        (await AskAsync("548:c783::1")).ExpectRefusal(MyceliumRefusals.MyceliumUnknown);
        (await AskAsync(at.Net.Node("juma").IpAddress)).ExpectRefusal(MyceliumRefusals.MyceliumPoolMachine);
        at.Net.Portal.Knobs.ForeignKeys = true;
        (await AskAsync(at.Net.Node("asha").IpAddress)).ExpectRefusal(MyceliumRefusals.MyceliumUnknown);
        Assert.Empty(at.Net.Messages);
        Assert.Equal(0, await at.Portal.ReadAsync(d => d.LoginChallenges.CountAsync()));
    }

    [Fact]
    public async Task An_address_that_became_a_machines_after_the_code_went_out_opens_nothing()
    {
        await using var at = await MyceliumPortal.StartAsync();
        var browser = at.Portal.Browser();
        var asked = await at.ChallengeAsync(browser);
        // In brackets, as in URLs; operators write it in this way too.
        (
            await at.Portal.RefreshPoolAsync($$"""[{"id":"vm-9","address":"[{{at.Net.Node("asha").InSubnet(3)}}]"}]""")
        ).Expect(200);
        (
            await at.Portal.RefreshPoolAsync(
                $$"""[{"id":"vm-9","mycelium_ip":"[{{at.Net.Node("asha").InSubnet(3)}}]"}]"""
            )
        ).ExpectRefusal(PoolRefusals.PoolInvalid);
        (await MyceliumPortal.VerifyAsync(browser, asked.Text("challenge_token"), at.Code())).ExpectRefusal(
            MyceliumRefusals.MyceliumPoolMachine
        );
        Assert.Equal(0, await at.Portal.ReadAsync(d => d.Accounts.CountAsync()));
    }

    [Fact]
    public async Task A_daemon_in_trouble_is_503_with_a_time_and_the_next_try_works()
    {
        await using var at = await MyceliumPortal.StartAsync();
        using var browser = at.Portal.Browser();
        foreach (
            var trouble in new Action<HeroOnboarding.Simulators.Mycelium.MyceliumKnobs, bool>[]
            {
                (k, on) => k.Down = on,
                (k, on) => k.Broken = on,
                (k, on) => k.Garbage = on,
            }
        )
        {
            trouble(at.Net.Portal.Knobs, true);
            Assert.NotNull(
                (await at.ChallengeAsync(browser))
                    .ExpectRefusal(MyceliumRefusals.MyceliumUnreachable)
                    .Response.Headers.RetryAfter
            );
            trouble(at.Net.Portal.Knobs, false);
        }
        Assert.Equal(0, await at.Portal.ReadAsync(d => d.LoginChallenges.CountAsync()));
        // The process dies after the code was stored and before it was sent: no message has it, and a new one is
        // requested.
        at.Portal.Crash.Hook = (point, what) =>
        {
            if (point == "before call" && what == "/api/v1/messages")
                throw new HttpRequestException("the power went out");
        };
        (await at.ChallengeAsync(browser)).ExpectRefusal(MyceliumRefusals.MyceliumUnreachable);
        at.Portal.Crash.Hook = null;
        var asked = (await at.ChallengeAsync(browser)).Expect(201);
        (await MyceliumPortal.VerifyAsync(browser, asked.Text("challenge_token"), at.Code())).Expect(200);
        await at.Portal.RestartAsync(new Dictionary<string, string?> { ["MYCELIUM_API_URL"] = null });
        (await at.ChallengeAsync(at.Portal.Browser())).ExpectRefusal(MyceliumRefusals.MyceliumOff);
        Assert.DoesNotContain(
            "Mycelium",
            (await at.Portal.Browser().OpenAsync("/login")).Expect(200).Body,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task On_a_socket_the_daemon_is_spoken_to_as_well()
    {
        var socket = Path.Combine(Directory.CreateTempSubdirectory("hero-mycelium-").FullName, "api.sock");
        await using var net = await HeroOnboarding.Simulators.Mycelium.MyceliumSimulator.StartAsync(
            new() { SocketPath = socket }
        );
        await using var portal = await Portal.StartAsync(
            Db.Sqlite,
            environment: new Dictionary<string, string?> { ["MYCELIUM_API_URL"] = "unix:" + socket }
        );
        (
            await portal
                .Browser()
                .SendAsync(HttpMethod.Post, "/login/challenge", new { address = net.Node("asha").IpAddress })
        ).Expect(201);
        Assert.Single(net.Messages);
    }

    [Fact]
    public async Task Where_the_message_is_can_be_seen_and_a_lost_one_says_so()
    {
        await using var at = await MyceliumPortal.StartAsync();
        var browser = at.Portal.Browser();
        var page = await MyceliumPortal.AskAsync(browser, at.Net.Node("asha").IpAddress);
        at.Net.Node("juma").Knobs.Hold = true;
        var other = await MyceliumPortal.AskAsync(browser, at.Net.Node("juma").IpAddress);
        async Task<string> SaysAsync(string at) =>
            Markup.Text(
                (await browser.OpenAsync(at.Replace("mycelium?", "mycelium/state?", StringComparison.Ordinal)))
                    .Expect(200)
                    .Body
            );
        Assert.Contains("Arrived at your node.", await SaysAsync(page), StringComparison.Ordinal);
        Assert.Contains("On its way to your node.", await SaysAsync(other), StringComparison.Ordinal);
        using (var http = new HttpClient())
            await http.GetStringAsync(
                new Uri(at.Net.Node("asha").Address, "api/v1/messages?topic=aGVyby9sb2dpbi92MQ%3D%3D")
            );
        Assert.Contains("Read on your node.", await SaysAsync(page), StringComparison.Ordinal);
        at.Net.Portal.Knobs.Down = true;
        Assert.Contains("Accepted by our node.", await SaysAsync(page), StringComparison.Ordinal);
        at.Portal.Clock.Advance(LoginChallenge.Life + TimeSpan.FromMicroseconds(1));
        Assert.Contains(
            "This code is over.",
            Markup.Text((await browser.OpenAsync(page)).Body),
            StringComparison.Ordinal
        );
        // Another browser is shown nothing of it.
        Assert.Equal("/login", (await at.Portal.Browser().OpenAsync(page)).At.AbsolutePath);
    }
}
