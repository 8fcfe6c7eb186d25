using System.Web;
using HeroOnboarding.Accounts;
using HeroOnboarding.Accounts.Forge;
using HeroOnboarding.Credit;
using HeroOnboarding.Plans;
using HeroOnboarding.Pool;
using HeroOnboarding.Simulators.Forge;
using HeroOnboarding.Tests.Stores;
using HeroOnboarding.Tests.Support;
using HeroOnboarding.Vms;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Tests.Conventions;

/// <summary>Each refusal of the catalogue as a client receives it; none changes the store.</summary>
public sealed class RefusalsPeopleMeet
{
    [Theory, BothDatabases]
    public async Task On_the_way_to_a_plan(Db db)
    {
        await using var portal = await Portal.StartAsync(db, Portal.Machines(1));
        var asha = await portal.SignUpAsync("asha");
        (await asha.BuyPlanAsync()).ExpectRefusal(AccountRefusals.KycRequired);
        await asha.PassKycAsync();
        (await asha.BuyPlanAsync("vms-7")).ExpectRefusal(PlanRefusals.PlanUnknown);
        (await asha.BuyPlanAsync()).ExpectRefusal(CreditRefusals.CreditInsufficient);
        (
            await portal.AdminPostAsync(
                "/admin/credit-adjust",
                new
                {
                    user_sid = asha.Sid,
                    amount_cents = -1,
                    reason = "a dispute",
                }
            )
        ).Expect(200);
        Assert.Contains(
            "$0.01",
            (await asha.BuyPlanAsync()).ExpectRefusal(CreditRefusals.CreditOwed).Text("detail"),
            StringComparison.Ordinal
        );
        await asha.TopUpAsync(1001);
        (await portal.AdminPostAsync("/admin/user-suspend", new { user_sid = asha.Sid, reason = "a look" })).Expect(
            200
        );
        (await asha.BuyPlanAsync()).ExpectRefusal(AccountRefusals.AccountSuspended);
        (await portal.AdminPostAsync("/admin/user-unsuspend", new { user_sid = asha.Sid, reason = "looked" })).Expect(
            200
        );
        Assert.Equal(0, await portal.ReadAsync(d => d.Purchases.CountAsync()));
        (await asha.BuyPlanAsync()).Expect(201);
        (await asha.BuyPlanAsync()).ExpectRefusal(PlanRefusals.PlanAlreadyActive);
    }

    [Theory, BothDatabases]
    public async Task On_the_way_to_a_machine(Db db)
    {
        await using var portal = await Portal.StartAsync(
            db,
            Portal.Machines(5),
            new Dictionary<string, string?> { ["HANDOUTS_PER_SLOT"] = "1" }
        );
        var asha = await portal.SignUpAsync("asha");
        await asha.PassKycAsync();
        (await asha.AllocateAsync()).ExpectRefusal(PlanRefusals.PlanRequired);
        await asha.TopUpAsync(1000);
        (await asha.BuyPlanAsync()).Expect(201);
        (await asha.PostAsync("/vm/allocate", new { ssh_public_key = "not a key" })).ExpectRefusal(
            VmRefusals.SshKeyInvalid
        );
        var leases = new List<string>();
        for (var n = 0; n < 5; n++)
            leases.Add((await asha.AllocateAsync()).Expect(201).Text("sid"));
        (await asha.AllocateAsync()).ExpectRefusal(VmRefusals.QuotaExhausted);
        (await asha.ReleaseAsync(leases[0])).Expect(200);
        var often = (await asha.AllocateAsync()).ExpectRefusal(VmRefusals.AllocateTooOften);
        Assert.Equal(TimeSpan.FromHours(24), often.Response.Headers.RetryAfter?.Delta);
        var juma = await portal.SignUpWithPlanAsync("juma");
        Assert.Equal(
            TimeSpan.FromSeconds(60),
            (await juma.AllocateAsync()).ExpectRefusal(VmRefusals.PoolEmpty).Response.Headers.RetryAfter?.Delta
        );
        (await juma.ReleaseAsync(leases[1])).ExpectRefusal(Refusals.NotFound);
        await portal.RestartAsync(new Dictionary<string, string?> { ["VM_POOL_JSON"] = null });
        (await juma.Again().AllocateAsync()).ExpectRefusal(VmRefusals.ProvisionerUnavailable);
        Assert.Equal(
            [0, 4],
            await portal.ReadAsync(d => d.Purchases.OrderBy(p => p.Used).Select(p => p.Used).ToListAsync())
        );
    }

    [Theory, BothDatabases]
    public async Task In_what_they_send(Db db)
    {
        await using var portal = await Portal.StartAsync(
            db,
            Portal.Machines(1),
            new Dictionary<string, string?> { ["RATE_REQUESTS_PER_MINUTE"] = "6" }
        );
        var asha = await portal.SignUpAsync("asha");
        (await asha.Browser.SendRawAsync(HttpMethod.Post, "/plan/buy", "{")).ExpectRefusal(Refusals.BodyMalformed);
        (await asha.PostAsync("/plan/buy", new { plan_id = 5 })).ExpectRefusal(Refusals.BodyInvalid);
        (
            await asha.Browser.SendRawAsync(
                HttpMethod.Post,
                "/plan/buy",
                "{\"plan_id\":\"" + new string('a', 20_000) + "\"}"
            )
        ).ExpectRefusal(Refusals.BodyTooLarge);
        (await asha.BuyPlanAsync(key: "a key")).ExpectRefusal(Refusals.IdempotencyKeyInvalid);
        await asha.PassKycAsync();
        await asha.TopUpAsync(1000);
        (await asha.BuyPlanAsync(key: "key-1")).Expect(201);
        (await asha.BuyPlanAsync("vms-10", key: "key-1")).ExpectRefusal(Refusals.IdempotencyKeyReused);
        var limited = (await asha.BuyPlanAsync(key: "key-1")).ExpectRefusal(Refusals.RateLimited);
        portal.Clock.Advance(limited.Response.Headers.RetryAfter!.Delta!.Value);
        Assert.Equal(
            "true",
            (await asha.BuyPlanAsync(key: "key-1"))
                .Expect(201)
                .Response.Headers.GetValues("Idempotent-Replayed")
                .Single()
        );
    }

    [Theory, BothDatabases]
    public async Task When_they_operate(Db db)
    {
        await using var held = await Held.StartAsync(db, machines: 2);
        var portal = held.Portal;
        Task<Reply> AdjustAsync(object? cents, string? reason, string? sid = null) =>
            portal.AdminPostAsync(
                "/admin/credit-adjust",
                new
                {
                    user_sid = sid ?? held.Asha.Sid,
                    amount_cents = cents,
                    reason,
                }
            );
        (await AdjustAsync(0, "a reason")).ExpectRefusal(CreditRefusals.AmountInvalid);
        (await AdjustAsync(5, "no")).ExpectRefusal(Refusals.ReasonRequired);
        (await AdjustAsync(5, "a reason", Route.UnknownSid)).ExpectRefusal(Refusals.NotFound);
        Task<Reply> ReadyAsync(string id, long lease) =>
            portal.AdminPostAsync("/admin/pool-vm-ready", new { pool_vm_id = id, lease_number = lease });
        (await ReadyAsync("vm-0009", 0)).ExpectRefusal(PoolRefusals.PoolVmUnknown);
        (await ReadyAsync("vm-0001", 1)).ExpectRefusal(PoolRefusals.PoolVmHeld);
        (await ReadyAsync("vm-0001", 0)).ExpectRefusal(PoolRefusals.PoolVmStaleLease);
        await portal.AcceptsAsync("UPDATE pool_vms SET condition = 'quarantined' WHERE id = 'vm-0002'");
        Assert.Equal("quarantined", (await ReadyAsync("vm-0002", 0)).Expect(200).Text("condition"));
        var invalid = (await portal.RefreshPoolAsync("""[{"id":"a"},{"id":"a"},{"id":"?"}]""")).ExpectRefusal(
            PoolRefusals.PoolInvalid
        );
        Assert.Equal(2, invalid.Json.GetProperty("errors").GetArrayLength());
        Assert.StartsWith("2 mistakes; ", invalid.Text("detail"), StringComparison.Ordinal);
        var single = (await portal.RefreshPoolAsync("""[{"id":"?"}]""")).ExpectRefusal(PoolRefusals.PoolInvalid);
        Assert.StartsWith("1 mistake; ", single.Text("detail"), StringComparison.Ordinal);
        (await portal.RefreshPoolAsync("{}")).ExpectRefusal(Refusals.BodyMalformed);
        (
            await portal
                .Browser()
                .SendRawAsync(
                    HttpMethod.Post,
                    "/admin/pool-refresh",
                    "[]",
                    Portal.AdminSecret,
                    contentType: "text/plain"
                )
        ).ExpectRefusal(Refusals.MediaType);
        Assert.Equal(2, await portal.ReadAsync(d => d.PoolVms.CountAsync(vm => vm.Listed)));
    }

    [Fact]
    public async Task When_they_sign_in()
    {
        await using var forge = await ForgeSimulator.StartAsync();
        var settings = new Dictionary<string, string?>
        {
            ["FORGE_URL"] = forge.Address.ToString(),
            ["FORGE_CLIENT_ID"] = "portal",
            ["FORGE_CLIENT_SECRET"] = "secret",
        };
        await using var portal = await Portal.StartAsync(Db.Sqlite);
        (await portal.Browser().SendAsync(HttpMethod.Get, "/login/forge/start")).ExpectRefusal(ForgeRefusals.ForgeOff);
        portal.Wire.Allow(forge.Address);
        await portal.RestartAsync(settings);
        var browser = portal.Browser();
        var away = (await browser.SendAsync(HttpMethod.Get, "/login/forge/start")).Expect(302);
        var state = HttpUtility.ParseQueryString(new Uri(away.Location!).Query)["state"];
        var denied = "/login/forge/callback?error=access_denied&state=" + Uri.EscapeDataString(state!);
        (
            await portal
                .Browser()
                .SendAsync(HttpMethod.Get, "/login/forge/callback?code=x&state=" + Uri.EscapeDataString(state!))
        ).ExpectRefusal(AccountRefusals.SignInFailed);
        (await browser.SendAsync(HttpMethod.Get, denied)).ExpectRefusal(ForgeRefusals.ForgeDenied);
    }

    [Fact]
    public async Task When_the_forge_is_away()
    {
        var nobody = new Uri($"http://127.0.0.1:{FreePorts.Next()}");
        await using var portal = await Portal.StartAsync(
            Db.Sqlite,
            environment: new Dictionary<string, string?>
            {
                ["FORGE_URL"] = nobody.ToString(),
                ["FORGE_CLIENT_ID"] = "portal",
                ["FORGE_CLIENT_SECRET"] = "secret",
            }
        );
        portal.Wire.Allow(nobody);
        Assert.NotNull(
            (await portal.Browser().SendAsync(HttpMethod.Get, "/login/forge/start"))
                .ExpectRefusal(ForgeRefusals.ForgeUnreachable)
                .Response.Headers.RetryAfter
        );
    }
}
