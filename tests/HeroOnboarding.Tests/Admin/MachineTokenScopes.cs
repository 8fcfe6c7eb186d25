using HeroOnboarding.Tests.Support;
using HeroOnboarding.Web;

namespace HeroOnboarding.Tests.Admin;

/// <summary>Which routes a machine token opens, and how its scopes are written.</summary>
public sealed class MachineTokenScopes
{
    [Theory, BothDatabases]
    public async Task The_scope_tick_does_not_include_decisions_of_operators(Db db)
    {
        await using var portal = await Portal.StartAsync(db);
        var tick = (await portal.CreateTokenAsync("cron", "tick")).Text("token");
        (await portal.AdminAsync(HttpMethod.Post, "/admin/auto-release-now", new { }, tick)).Expect(200);
        foreach (
            var body in new object[]
            {
                new { force = true },
                new { without_notice = true },
                new { force = true, without_notice = true },
            }
        )
            (await portal.AdminAsync(HttpMethod.Post, "/admin/auto-release-now", body, tick)).ExpectRefusal(
                Refusals.TokenScope
            );
        Assert.Single(await portal.AuditOfAsync("auto_release.ask"));
    }

    [Theory, BothDatabases]
    public async Task Only_the_scope_deployer_lifts_a_quarantine(Db db)
    {
        await using var portal = await Portal.StartAsync(db, Portal.Machines(1));
        var (feeder, deployer) = (
            (await portal.CreateTokenAsync("feeder", "pool")).Text("token"),
            (await portal.CreateTokenAsync("wiper", "deployer")).Text("token")
        );
        var asha = await portal.SignUpWithPlanAsync("asha");
        (await asha.ReleaseAsync((await asha.AllocateAsync()).Expect(201).Text("sid"))).Expect(200);
        (
            await portal.AdminPostAsync(
                "/admin/pool-vm-quarantine",
                new { pool_vm_id = "vm-0001", reason = "looks odd" }
            )
        ).Expect(200);
        var lift = new
        {
            pool_vm_id = "vm-0001",
            lease_number = 1,
            lift_quarantine = true,
        };
        Assert.Contains(
            "the scope deployer",
            (await portal.AdminAsync(HttpMethod.Post, "/admin/pool-vm-ready", lift, feeder))
                .ExpectRefusal(Refusals.TokenScope)
                .Text("detail"),
            StringComparison.Ordinal
        );
        Assert.Equal(
            "quarantined",
            (
                await portal.AdminAsync(
                    HttpMethod.Post,
                    "/admin/pool-vm-ready",
                    new { pool_vm_id = "vm-0001", lease_number = 1 },
                    feeder
                )
            )
                .Expect(200)
                .Text("condition")
        );
        Assert.Equal(
            "clean",
            (await portal.AdminAsync(HttpMethod.Post, "/admin/pool-vm-ready", lift, deployer))
                .Expect(200)
                .Text("condition")
        );
    }

    [Theory]
    [InlineData("tick,pool  pool", null, "pool tick")]
    [InlineData(null, "node-7", "usage:node-7")]
    [InlineData("usage:b usage:a read", "a", "read usage:a usage:b")]
    [InlineData("", null, null)]
    [InlineData("POOL", null, null)]
    [InlineData("usage:UPPER", null, null)]
    [InlineData("pool usage:a*", null, null)]
    public void Scopes_are_read_in_any_order_and_unknown_ones_refuse_all(string? text, string? node, string? scopes) =>
        Assert.Equal(scopes, TokenScopes.Parse(text, node) is { } parsed ? string.Join(' ', parsed) : null);

    [Fact]
    public void Usage_is_of_exactly_one_node()
    {
        string[] has = ["read", "usage:node-7"];
        Assert.True(TokenScopes.Fit(has, [TokenScopes.UsageOf("node-7")]));
        foreach (var other in new[] { "node-70", "node", "node-7 ", "*", "" })
            Assert.False(TokenScopes.Fit(has, [TokenScopes.UsageOf(other)]));
        Assert.False(TokenScopes.Fit(has, []));
        Assert.False(TokenScopes.Fit([], [TokenScopes.Read]));
    }
}
