using HeroOnboarding.Simulators.Deployer;
using HeroOnboarding.Simulators.Forge;
using HeroOnboarding.Simulators.Idenfy;
using HeroOnboarding.Simulators.Stripe;
using HeroOnboarding.Store;
using HeroOnboarding.Tests.Credit;
using HeroOnboarding.Tests.Kyc;
using HeroOnboarding.Tests.Support;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace HeroOnboarding.Tests.Crashes;

/// <summary>A portal whose process may die, and all vendors, which stay up.</summary>
internal sealed class Town : IAsyncDisposable
{
    private readonly HttpClient toPortal;

    private Town(
        Portal portal,
        ForgeSimulator forge,
        IdenfySimulator idenfy,
        StripeSimulator stripe,
        DeployerSimulator deployer
    )
    {
        (Portal, Forge, Idenfy, Stripe, Deployer) = (portal, forge, idenfy, stripe, deployer);
        toPortal = new HttpClient(new ToPortal(portal));
        (stripe.PortalClient, idenfy.PortalClient, stripe.WebhookUrl) = (
            toPortal,
            toPortal,
            new Uri(Portal.Base, "/webhooks/stripe")
        );
        foreach (var vendor in new[] { forge.Address, idenfy.Address, stripe.Address, deployer.Address })
            portal.Wire.Allow(vendor);
        forge.AllowRedirect(new Uri(Portal.Base, "/login/forge/callback").ToString());
    }

    public Portal Portal { get; }
    public ForgeSimulator Forge { get; }
    public IdenfySimulator Idenfy { get; }
    public StripeSimulator Stripe { get; }
    public DeployerSimulator Deployer { get; }

    public static async Task<Town> StartAsync(Db db)
    {
        var clock = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        var forge = await ForgeSimulator.StartAsync(new ForgeOptions { Time = clock });
        var idenfy = await IdenfySimulator.StartAsync(
            new IdenfyOptions { SigningKey = KycPortal.SigningKey, Time = clock }
        );
        var stripe = await StripeSimulator.StartAsync(
            new StripeOptions
            {
                WebhookSecret = Paying.Secret,
                ApiKey = Paying.Key,
                Time = clock,
            }
        );
        var deployer = await DeployerSimulator.StartAsync(new DeployerOptions { Time = clock });
        var portal = await Portal.StartAsync(
            db,
            Portal.Machines(200),
            new Dictionary<string, string?>(KycPortal.More(idenfy))
            {
                ["STRIPE_SECRET_KEY"] = Paying.Key,
                ["STRIPE_WEBHOOK_SIGNING_KEY"] = Paying.Secret,
                ["STRIPE_API_URL"] = stripe.ApiBase,
                ["FORGE_URL"] = forge.Issuer,
                ["FORGE_CLIENT_ID"] = forge.ClientId,
                ["FORGE_CLIENT_SECRET"] = forge.ClientSecret,
                ["DEPLOYER_URL"] = deployer.Address.ToString(),
                ["DEPLOYER_SECRET"] = deployer.Secret,
            },
            clock: clock
        );
        return new(portal, forge, idenfy, stripe, deployer);
    }

    /// <summary>
    /// Starts the process again on the same store, after the leases of the dead one have expired, and delivers what is
    /// due.
    /// </summary>
    public async Task PowerBackAsync(Power power)
    {
        await Portal.RestartAsync();
        power.Back();
        power.Watch(Portal);
        Portal.Clock.Advance(OutboxRunner.Lease + TimeSpan.FromMinutes(1));
        await Portal.DeliverAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await Portal.DisposeAsync();
        await Forge.DisposeAsync();
        await Idenfy.DisposeAsync();
        await Stripe.DisposeAsync();
        await Deployer.DisposeAsync();
        toPortal.Dispose();
    }

    /// <summary>The portal as it is now, also after it was started again.</summary>
    private sealed class ToPortal(Portal portal) : HttpMessageHandler
    {
        protected override async Task<HttpResponseMessage> SendAsync(
            HttpRequestMessage request,
            CancellationToken cancellationToken
        )
        {
            using var invoker = new HttpMessageInvoker(
                ((TestServer)portal.Services.GetRequiredService<IServer>()).CreateHandler()
            );
            return await invoker.SendAsync(request, cancellationToken);
        }
    }
}
