using HeroOnboarding.Simulators.Deployer;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace HeroOnboarding.Tests.Support;

/// <summary>A portal and its deployer with one clock, connected both ways.</summary>
public sealed record DeployedPortal(Portal Portal, DeployerSimulator Deployer) : IAsyncDisposable
{
    public static async Task<DeployedPortal> StartAsync(
        Db db,
        int machines = 1,
        IReadOnlyDictionary<string, string?>? environment = null,
        Action<IServiceCollection>? adjust = null
    )
    {
        var clock = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        var deployer = await DeployerSimulator.StartAsync(new DeployerOptions { Time = clock });
        var settings = new Dictionary<string, string?>
        {
            ["DEPLOYER_URL"] = deployer.Address.ToString(),
            ["DEPLOYER_SECRET"] = deployer.Secret,
        };
        foreach (var (name, value) in environment ?? new Dictionary<string, string?>())
            settings[name] = value;
        var portal = await Portal.StartAsync(db, Portal.Machines(machines), settings, clock: clock, adjust: adjust);
        portal.Wire.Allow(deployer.Address);
        (deployer.Portal, deployer.AdminSecret, deployer.PortalClient) = (
            Portal.Base,
            Portal.AdminSecret,
            new HttpClient(new ToPortal(portal))
        );
        return new(portal, deployer);
    }

    /// <summary>What the deployer was asked, as "release vm-0001 1".</summary>
    public IReadOnlyList<string> Asked =>
        [
            .. Deployer
                .Calls.Where(c => !c.Repeat)
                .Select(c =>
                    $"{(c.Path.Contains("assign", StringComparison.Ordinal) ? "assign" : "release")} "
                    + $"{c.Body.GetProperty("pool_vm_id").GetString()} "
                    + $"{c.Body.GetProperty("lease_number").GetInt64()}"
                ),
        ];

    public async ValueTask DisposeAsync()
    {
        await Portal.DisposeAsync();
        await Deployer.DisposeAsync();
    }
}
