using System.Net;
using System.Text.Json;
using HeroOnboarding.Simulators.Deployer;
using HeroOnboarding.Tests.Support;

namespace HeroOnboarding.Tests.Cli;

/// <summary>
/// A release notice survives the death of its process: it is delivered at least once, under one webhook-id.
/// </summary>
public sealed class ReleaseNoticeAndPowerCuts
{
    private static readonly TimeSpan LongEnough = TimeSpan.FromMinutes(15);

    [Fact]
    public async Task Killed_before_delivery_it_goes_out_once_after_the_restart()
    {
        var port = FreePorts.Next();
        var secret = StandardWebhookSignature.NewSecret();
        await using var portal = With($"http://127.0.0.1:{port}", secret);
        await TakeAndGiveBackAsync(portal);
        await portal.KillAsync();
        await using var deployer = await DeployerSimulator.StartAsync(
            new DeployerOptions { Port = port, Secret = secret }
        );
        await portal.LetTimePassAsync(LongEnough);
        await portal.StartAgainAsync();
        await WipedAsync(portal);
        var notice = Assert.Single(Releases(deployer));
        Assert.True(notice.SignatureValid);
        Assert.Equal("vm-1", notice.Body.GetProperty("pool_vm_id").GetString());
        Assert.Equal(1, notice.Body.GetProperty("lease_number").GetInt64());
    }

    [Fact]
    public async Task Killed_after_delivery_and_before_the_mark_it_goes_out_again_under_the_same_id()
    {
        await using var deployer = await DeployerSimulator.StartAsync();
        // The deployer handles it but answers late: the portal is killed while it waits for the answer.
        deployer.Release.Next(DeployerAnswer.Ok with { Delay = LongEnough });
        await using var portal = With(deployer.Address.ToString(), deployer.Secret);
        await TakeAndGiveBackAsync(portal);
        await Hanging.WaitAsync("the first delivery", () => Task.FromResult(Releases(deployer).Count == 1));
        await portal.KillAsync();
        await portal.LetTimePassAsync(LongEnough);
        await portal.StartAgainAsync();
        await WipedAsync(portal);
        var notices = Releases(deployer);
        Assert.Equal(2, notices.Count);
        Assert.Equal(notices[0].WebhookId, notices[1].WebhookId);
        Assert.Equal(notices[0].RawBody, notices[1].RawBody);
        Assert.True(notices[1].Repeat);
    }

    private static PortalProcess With(string deployer, string secret) =>
        new(new Dictionary<string, string> { ["DEPLOYER_URL"] = deployer, ["DEPLOYER_SECRET"] = secret });

    /// <summary>A customer takes the only machine and gives it back.</summary>
    private static async Task TakeAndGiveBackAsync(PortalProcess portal)
    {
        var account = await portal.SignUpAsync("asha");
        await portal.StartAgainAsync();
        await portal.GivePlanAsync(account);
        var lease = JsonDocument
            .Parse(await portal.PostAsync("/vm/allocate", "{}", HttpStatusCode.Created))
            .RootElement.GetProperty("sid")
            .GetString();
        await portal.PostAsync("/vm/release", $$"""{"allocation_sid":"{{lease}}"}""", HttpStatusCode.OK);
    }

    /// <summary>The deployer's 200 was received and stored: the machine can be handed out again.</summary>
    private static Task WipedAsync(PortalProcess portal) =>
        Hanging.WaitAsync(
            "the machine to be clean",
            async () =>
                JsonDocument
                    .Parse(await portal.PostAsync("/vm/allocate", "{}"))
                    .RootElement.TryGetProperty("lease_number", out var lease)
                && lease.GetInt64() == 2
        );

    private static List<DeployerCall> Releases(DeployerSimulator deployer) =>
        [.. deployer.Calls.Where(c => c.Path == "/admin/release-vm")];
}
