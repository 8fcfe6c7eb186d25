using System.Net;
using System.Text;
using HeroOnboarding.Accounts;
using HeroOnboarding.Tests.Support;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.TestHost;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace HeroOnboarding.Tests.Web;

public sealed class RequestLimits
{
    private static readonly Dictionary<string, string?> ThreeAMinute = new() { ["RATE_REQUESTS_PER_MINUTE"] = "3" };

    [Theory, BothDatabases]
    public async Task Changing_requests_are_counted_per_account_and_minute(Db db)
    {
        await using var portal = await Portal.StartAsync(db, Portal.Machines(3), ThreeAMinute);
        var (asha, juma) = (await portal.SignUpAsync("asha"), await portal.SignUpAsync("juma"));
        StartOfMinute(portal);
        for (var i = 0; i < 3; i++)
            (await asha.AllocateAsync()).ExpectRefusal(AccountRefusals.KycRequired);
        portal.Clock.Advance(TimeSpan.FromSeconds(20));
        var refused = (await asha.AllocateAsync()).ExpectRefusal(Refusals.RateLimited);
        Assert.Equal(TimeSpan.FromSeconds(40), refused.Response.Headers.RetryAfter!.Delta);
        // Another browser of the same account shares the count; another account and another kind of request do not.
        (await (await portal.SignUpAsync("asha")).AllocateAsync()).ExpectRefusal(Refusals.RateLimited);
        (await juma.AllocateAsync()).ExpectRefusal(AccountRefusals.KycRequired);
        (await asha.ReleaseAsync("nothing")).ExpectRefusal(Refusals.NotFound);
        portal.Clock.Advance(TimeSpan.FromSeconds(40) - TimeSpan.FromMicroseconds(1));
        (await asha.AllocateAsync()).ExpectRefusal(Refusals.RateLimited);
        portal.Clock.Advance(TimeSpan.FromMicroseconds(1));
        (await asha.AllocateAsync()).ExpectRefusal(AccountRefusals.KycRequired);
    }

    [Theory, BothDatabases]
    public async Task The_count_is_exact_when_everybody_asks_at_once_and_outlives_a_restart(Db db)
    {
        await using var portal = await Portal.StartAsync(db, Portal.Machines(3), ThreeAMinute);
        var asha = await portal.SignUpAsync("asha");
        StartOfMinute(portal);
        var replies = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => asha.AllocateAsync()));
        Assert.Equal(3, replies.Count(r => r.Code == AccountRefusals.KycRequired.Code));
        Assert.Equal(17, replies.Count(r => r.Code == Refusals.RateLimited.Code));
        await portal.RestartAsync();
        (await (await portal.SignUpAsync("asha")).AllocateAsync()).ExpectRefusal(Refusals.RateLimited);
    }

    [Theory, BothDatabases]
    public async Task A_request_costs_one_commit_and_is_counted_whatever_becomes_of_it(Db db)
    {
        await using var portal = await Portal.StartAsync(db, Portal.Machines(3));
        var asha = await portal.SignUpWithPlanAsync("asha");
        StartOfMinute(portal);
        foreach (var _ in new[] { "first", "repeated" })
            Assert.Equal(
                ["vm.allocate"],
                await CommitsAsync(portal, async () => (await asha.AllocateAsync("a")).Expect(201))
            );
        var facts = await portal.FactsAsync();
        // Refused inside the unit, after its first write: only the count is kept.
        Assert.Empty(
            await CommitsAsync(
                portal,
                async () =>
                    (await asha.PostAsync("/vm/allocate", new { ssh_public_key = "none" }, "a")).ExpectRefusal(
                        Refusals.IdempotencyKeyReused
                    )
            )
        );
        portal.Database.Commits.MostWaiting = 0;
        (await asha.AllocateAsync("b")).ExpectRefusal(Refusals.StoreBusy);
        portal.Database.Commits.MostWaiting = 100;
        // An exception inside the unit.
        portal.Crash.Hook = (point, act) =>
        {
            if (point == "before commit" && act == "vm.allocate")
                throw new InvalidTimeZoneException();
        };
        (await asha.AllocateAsync("b")).Expect(500);
        portal.Crash.Hook = null;
        // Refused before any unit.
        Assert.Equal(
            ["rates.hit"],
            await CommitsAsync(
                portal,
                async () =>
                    (await asha.PostAsync("/vm/allocate", new { ssh_public_key = 7 })).ExpectRefusal(
                        Refusals.BodyInvalid
                    )
            )
        );
        Assert.Equal(facts, await portal.FactsAsync());
        Assert.Equal(
            5,
            await portal.ReadAsync(d => d.Rates.Where(r => r.Key == "vm.allocate:" + asha.Sid).SumAsync(r => r.Count))
        );
    }

    [Theory, BothDatabases]
    public async Task One_too_many_does_nothing_is_told_so_in_a_form_too_and_costs_nothing_from_then_on(Db db)
    {
        await using var portal = await Portal.StartAsync(db, Portal.Machines(9), ThreeAMinute);
        var asha = await portal.SignUpWithPlanAsync("asha");
        StartOfMinute(portal);
        for (var n = 0; n < 3; n++)
            (await asha.AllocateAsync()).Expect(201);
        var facts = await portal.FactsAsync();
        Assert.Contains(
            "Too many requests.",
            (await asha.Browser.SubmitAsync("/dashboard", "/vm/allocate")).Expect(429).Body,
            StringComparison.Ordinal
        );
        Assert.Equal(facts, await portal.FactsAsync());
        Assert.Empty(
            await CommitsAsync(portal, async () => (await asha.AllocateAsync()).ExpectRefusal(Refusals.RateLimited))
        );
        Assert.Equal(
            4,
            await portal.ReadAsync(d => d.Rates.Where(r => r.Key == "vm.allocate:" + asha.Sid).SumAsync(r => r.Count))
        );
    }

    [Theory, BothDatabases]
    public async Task Requests_that_ask_for_no_unit_are_limited_too(Db db)
    {
        await using var portal = await Portal.StartAsync(db, Portal.Machines(1), ThreeAMinute);
        var asha = await portal.SignUpAsync("asha");
        StartOfMinute(portal);
        for (var n = 0; n < 4; n++)
            (await asha.ReleaseAsync("nothing")).ExpectRefusal(Refusals.NotFound);
        (await asha.ReleaseAsync("nothing")).ExpectRefusal(Refusals.RateLimited);
    }

    [Fact]
    public async Task Wrong_operator_secrets_are_slowed_down_per_client_and_the_right_one_always_works()
    {
        await using var portal = await Portal.StartAsync(Db.Sqlite);
        StartOfMinute(portal);
        for (var i = 0; i < 5; i++)
            Assert.Equal("admin.secret_wrong", await GuessAsync(portal, "203.0.113.7"));
        Assert.Equal("rate.limited", await GuessAsync(portal, "203.0.113.7"));
        Assert.Equal("admin.secret_wrong", await GuessAsync(portal, "203.0.113.8"));
        Assert.Equal("body.invalid", await GuessAsync(portal, "203.0.113.7", secret: Portal.AdminSecret));
        portal.Clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal("admin.secret_wrong", await GuessAsync(portal, "203.0.113.7"));
    }

    [Fact]
    public async Task An_IPv6_client_is_its_whole_64_and_a_mapped_IPv4_is_IPv4()
    {
        await using var portal = await Portal.StartAsync(Db.Sqlite);
        foreach (
            var address in new[]
            {
                "2001:db8:1:2::1",
                "2001:db8:1:2:ffff:ffff:ffff:ffff",
                "2001:db8:1:3::1",
                "203.0.113.7",
                "::ffff:203.0.113.7",
            }
        )
            await GuessAsync(portal, address);
        var counts = await portal.ReadAsync(d =>
            d.Rates.Where(r => r.Key != "admin.fail").ToDictionaryAsync(r => r.Key, r => r.Count)
        );
        Assert.Equal(
            new Dictionary<string, int>
            {
                ["admin.fail:20010db800010002/64"] = 2,
                ["admin.fail:20010db800010003/64"] = 1,
                ["admin.fail:203.0.113.7"] = 2,
            },
            counts
        );
    }

    [Theory]
    [InlineData(null, "10.0.0.1", "198.51.100.1", "10.0.0.1")]
    [InlineData("10.0.0.0/8", "10.0.0.1", "198.51.100.1", "198.51.100.1")]
    [InlineData("10.0.0.1", "10.0.0.1", "1.1.1.1, 198.51.100.1", "198.51.100.1")]
    [InlineData("10.0.0.0/8", "10.0.0.1", "1.1.1.1, 10.0.0.2", "10.0.0.2")]
    [InlineData("10.0.0.0/8", "192.0.2.1", "198.51.100.1", "192.0.2.1")]
    [InlineData("10.0.0.0/8", "10.0.0.1", "garbage", "10.0.0.1")]
    [InlineData("10.0.0.0/8", "10.0.0.1", "", "10.0.0.1")]
    [InlineData("10.0.0.0/8", "::ffff:10.0.0.1", "198.51.100.1", "198.51.100.1")]
    [InlineData("fd00::/8", "fd00::1", "2001:db8:1:2::9", "20010db800010002/64")]
    public async Task The_forwarded_address_is_believed_only_from_trusted_proxies_and_only_the_last_hop(
        string? trusted,
        string from,
        string forwarded,
        string counted
    )
    {
        await using var portal = await Portal.StartAsync(
            Db.Sqlite,
            environment: new Dictionary<string, string?> { ["TRUSTED_PROXIES"] = trusted }
        );
        await GuessAsync(portal, from, forwarded);
        Assert.Equal(
            "admin.fail:" + counted,
            await portal.ReadAsync(d => d.Rates.Where(r => r.Key != "admin.fail").Select(r => r.Key).SingleAsync())
        );
    }

    /// <summary>Sends a secret from an address.</summary>
    /// <returns>The code of the answer.</returns>
    private static async Task<string?> GuessAsync(
        Portal portal,
        string address,
        string? forwarded = null,
        string secret = "wrong"
    )
    {
        var answer = await ((TestServer)portal.Services.GetRequiredService<IServer>()).SendAsync(http =>
        {
            http.Connection.RemoteIpAddress = IPAddress.Parse(address);
            (http.Request.Method, http.Request.Path, http.Request.Scheme, http.Request.Host) = (
                "POST",
                "/admin/pool-vm-ready",
                "https",
                new HostString("localhost")
            );
            http.Request.Headers["X-Hero-Onboarding-Admin-Secret"] = secret;
            http.Request.Headers.Accept = "application/json";
            http.Request.ContentType = "application/json";
            http.Request.Body = new MemoryStream(Encoding.UTF8.GetBytes("{}"));
            if (forwarded is not null)
                http.Request.Headers["X-Forwarded-For"] = forwarded;
        });
        using var body = await System.Text.Json.JsonDocument.ParseAsync(answer.Response.Body);
        return body.RootElement.GetProperty("code").GetString();
    }

    private static void StartOfMinute(Portal portal) =>
        portal.Clock.Advance(
            TimeSpan.FromMinutes(1) - TimeSpan.FromTicks(portal.Clock.GetUtcNow().Ticks % TimeSpan.TicksPerMinute)
        );

    /// <summary>The acts of the units that were committed meanwhile.</summary>
    private static async Task<IReadOnlyList<string>> CommitsAsync(Portal portal, Func<Task> act)
    {
        var acts = new List<string>();
        portal.Crash.Hook = (point, what) =>
        {
            if (point == "after commit")
                acts.Add(what);
        };
        await act();
        portal.Crash.Hook = null;
        return acts;
    }
}
