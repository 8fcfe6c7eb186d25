using HeroOnboarding.Configuration;
using HeroOnboarding.Deployer;
using HeroOnboarding.Simulators.Deployer;
using HeroOnboarding.Tests.Support;
using HeroOnboarding.Vms;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Answer = HeroOnboarding.Deployer.DeployerAnswer;
using DeployerOptions = HeroOnboarding.Simulators.Deployer.DeployerOptions;
using Simulated = HeroOnboarding.Simulators.Deployer.DeployerAnswer;

namespace HeroOnboarding.Tests.Contracts;

/// <summary>What the portal promises to deployers, which tell machines their holder and wipe them.</summary>
public sealed class DeployerContract
{
    private const string Secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    private static readonly AssignNotice Assign = new(
        "vm-0001",
        "01ARZ3NDEKTSV4RRFFQ69G5FAV",
        3,
        "7",
        null,
        null,
        DateTimeOffset.UnixEpoch
    );
    private static readonly ReleaseNotice Release = new(
        "vm-0001",
        "01ARZ3NDEKTSV4RRFFQ69G5FAV",
        3,
        DateTimeOffset.UnixEpoch,
        "customer"
    );

    /// <summary>Vectors of Standard Webhooks 1.0.0, the first from its own documentation.</summary>
    [Theory]
    [InlineData(
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        1614265330,
        """{"test": 2432232314}""",
        "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    )]
    [InlineData(
        "msg_test_1",
        1700000000,
        """{"type":"vm.deployed","timestamp":"2026-01-01T00:00:00Z","data":{"id":"vm_1"}}""",
        "v1,1PdUCgyHLRNGtl42xJqeD+JqhT9kAexvcpohyBy2+U4="
    )]
    public void Notices_are_signed_as_Standard_Webhooks_says(
        string id,
        long timestamp,
        string body,
        string signature
    ) =>
        Assert.Equal(
            signature,
            HttpDeployer.Sign(new Secret(Secret), id, timestamp, System.Text.Encoding.UTF8.GetBytes(body))
        );

    [Theory]
    [InlineData(200, typeof(Answer.Finished))]
    [InlineData(201, typeof(Answer.Accepted))]
    [InlineData(202, typeof(Answer.Accepted))]
    [InlineData(204, typeof(Answer.Accepted))]
    [InlineData(301, typeof(Answer.Refused))]
    [InlineData(307, typeof(Answer.Refused))]
    [InlineData(400, typeof(Answer.Refused))]
    [InlineData(401, typeof(Answer.Refused))]
    [InlineData(404, typeof(Answer.Refused))]
    [InlineData(409, typeof(Answer.Refused))]
    [InlineData(410, typeof(Answer.Refused))]
    [InlineData(422, typeof(Answer.Refused))]
    [InlineData(408, typeof(Answer.TryLater))]
    [InlineData(429, typeof(Answer.TryLater))]
    [InlineData(500, typeof(Answer.TryLater))]
    [InlineData(502, typeof(Answer.TryLater))]
    [InlineData(503, typeof(Answer.TryLater))]
    [InlineData(504, typeof(Answer.TryLater))]
    public async Task An_answer_means_the_same_for_both_notices(int status, Type meaning)
    {
        await using var with = await Talking.StartAsync();
        with.Simulator.Assign.Always = with.Simulator.Release.Always = new Simulated(status);
        Assert.IsType(meaning, await with.Deployer.AssignAsync("msg_1", Assign, CancellationToken.None));
        Assert.IsType(meaning, await with.Deployer.ReleaseAsync("msg_2", Release, CancellationToken.None));
        Assert.All(with.Simulator.Calls, c => Assert.True(c.SignatureValid && c.Problem is null, c.Problem));
        Assert.Equal(["/admin/assign-vm", "/admin/release-vm"], with.Simulator.Calls.Select(c => c.Path));
        Assert.Equal(["msg_1", "msg_2"], with.Simulator.Calls.Select(c => c.WebhookId));
    }

    [Fact]
    public async Task When_the_deployer_says_how_long_to_wait_it_is_heard()
    {
        await using var with = await Talking.StartAsync();
        with.Simulator.Release.Next(Simulated.Unavailable(TimeSpan.FromMinutes(7)));
        var answer = Assert.IsType<Answer.TryLater>(
            await with.Deployer.ReleaseAsync("msg_1", Release, CancellationToken.None)
        );
        Assert.Equal(TimeSpan.FromMinutes(7), answer.After);
    }

    [Fact]
    public async Task Silence_ends_after_the_patience_and_not_before()
    {
        await using var with = await Talking.StartAsync();
        with.Simulator.Release.Next(Simulated.Silence);
        var asked = with.Deployer.ReleaseAsync("msg_1", Release, CancellationToken.None);
        while (with.Simulator.Calls.Count == 0)
            await Task.Yield();
        with.Portal.Clock.Advance(HttpDeployer.Patience - TimeSpan.FromMilliseconds(1));
        Assert.False(asked.IsCompleted);
        with.Portal.Clock.Advance(TimeSpan.FromMilliseconds(1));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asked.WaitAsync(Hanging.Limit));
    }

    [Theory, BothDatabases]
    public async Task A_lost_answer_and_a_busy_deployer_are_asked_again_under_the_same_id(Db db)
    {
        await using var with = await Talking.StartAsync(db);
        var asha = await with.Portal.SignUpWithPlanAsync("asha");
        with.Simulator.Assign.Next(new Simulated(503), Simulated.Lost());
        (await asha.AllocateAsync()).Expect(201);
        for (var attempt = 0; attempt < 3; attempt++)
        {
            Assert.Equal(1, await with.Portal.DeliverAsync());
            with.Portal.Clock.Advance(TimeSpan.FromMinutes(4));
        }
        Assert.Equal(0, await with.Portal.DeliverAsync());
        Assert.Equal([false, false, true], with.Simulator.Calls.Select(c => c.Repeat));
        Assert.Single(with.Simulator.Calls.Select(c => c.WebhookId).Distinct());
        Assert.Single(with.Simulator.Calls.Select(c => c.RawBody).Distinct());
        Assert.All(with.Simulator.Calls, c => Assert.True(c.SignatureValid, c.Problem));
        Assert.NotNull(await with.Portal.ReadAsync(d => Task.FromResult(d.VmAllocations.Single().AssignedAt)));
    }

    /// <summary>A portal and a deployer with one clock.</summary>
    private sealed record Talking(Portal Portal, DeployerSimulator Simulator) : IAsyncDisposable
    {
        public IDeployer Deployer => Portal.Services.GetRequiredService<IDeployer>();

        public static async Task<Talking> StartAsync(Db db = Db.Sqlite)
        {
            var clock = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
            var simulator = await DeployerSimulator.StartAsync(new DeployerOptions { Secret = Secret, Time = clock });
            var portal = await Portal.StartAsync(
                db,
                Portal.Machines(1),
                new Dictionary<string, string?>
                {
                    ["DEPLOYER_URL"] = simulator.Address.ToString(),
                    ["DEPLOYER_SECRET"] = Secret,
                },
                clock: clock
            );
            portal.Wire.Allow(simulator.Address);
            return new(portal, simulator);
        }

        public async ValueTask DisposeAsync()
        {
            await Portal.DisposeAsync();
            await Simulator.DisposeAsync();
        }
    }
}
