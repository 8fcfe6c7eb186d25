using HeroOnboarding.Simulators.Cockpit;
using HeroOnboarding.Simulators.Deployer;
using HeroOnboarding.Simulators.Forge;
using HeroOnboarding.Simulators.Idenfy;
using HeroOnboarding.Simulators.Mycelium;
using HeroOnboarding.Simulators.Stripe;

namespace HeroOnboarding.Simulators;

/// <summary>All simulators for a portal on the same computer.</summary>
/// <param name="Forge">The Forge; the portal's callback is added to its redirect URIs.</param>
/// <param name="CockpitPort">Port on 127.0.0.1; 0 takes any free port.</param>
/// <param name="Deployer">The deployer.</param>
/// <param name="Stripe">Stripe; its events are delivered to the portal automatically.</param>
/// <param name="Portal">The portal's base address.</param>
/// <param name="AdminSecret">The portal's admin secret; null: released machines are not reported as wiped.</param>
/// <param name="WipeAfter">The time from a release to the report that the machine is wiped.</param>
internal sealed record Standalone(
    ForgeOptions Forge,
    int CockpitPort,
    DeployerOptions Deployer,
    StripeOptions Stripe,
    Uri Portal,
    string? AdminSecret,
    TimeSpan WipeAfter
)
{
    /// <summary>iDenfy; its callbacks are delivered to the portal automatically.</summary>
    public required IdenfyOptions Idenfy { get; init; }

    /// <summary>The overlay network.</summary>
    public MyceliumOptions Mycelium { get; init; } = new();

    /// <summary>Runs until <paramref name="stop"/>, and prints all addresses on the console.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        var callback = new Uri(Portal, "/login/forge/callback").AbsoluteUri;
        await using var forge = await ForgeSimulator.StartAsync(
            Forge with
            {
                RedirectUris = [.. Forge.RedirectUris, callback],
            }
        );
        await using var cockpit = await CockpitSimulator.StartAsync(CockpitPort);
        await using var deployer = await DeployerSimulator.StartAsync(Deployer);
        await using var stripe = await StripeSimulator.StartAsync(Stripe with { AutoDeliver = true });
        stripe.WebhookUrl = new Uri(Portal, "/webhooks/stripe");
        deployer.Release.Always = DeployerAnswer.Accepted;
        deployer.WipeAfter = WipeAfter;
        deployer.Portal = Portal;
        deployer.AdminSecret = AdminSecret;
        await using var idenfy = await IdenfySimulator.StartAsync(Idenfy);
        idenfy.CallbackUrl = new Uri(Portal, "/webhooks/idenfy");
        await using var mycelium = await MyceliumSimulator.StartAsync(Mycelium);

        Console.WriteLine($"Forge     {forge.Address}");
        Console.WriteLine($"          at {Portal} choose to sign in with the forge, then click \"Sign in as asha\"");
        Console.WriteLine($"          issuer {forge.Issuer}, client {forge.ClientId}, redirect {callback}");
        Console.WriteLine($"Cockpits  {cockpit.Address}");
        Console.WriteLine($"          for example {cockpit.PageOf("vm-001")}");
        Console.WriteLine($"Deployer  {deployer.Address}");
        Console.WriteLine("          the page shows the calls it received");
        if (Deployer.Secret is null)
            Console.WriteLine($"          secret {deployer.Secret}");
        if (AdminSecret is null)
            Console.WriteLine("          no admin secret: released machines are not reported as wiped");
        Tell(idenfy);
        Tell(stripe);
        Tell(mycelium);
        Console.WriteLine("Ctrl-C ends them all.");

        var ended = new TaskCompletionSource();
        await using var onStop = stop.Register(() => ended.TrySetResult());
        await ended.Task;
    }

    private void Tell(IdenfySimulator idenfy)
    {
        Console.WriteLine($"Identity  {idenfy.Address}");
        Console.WriteLine(
            $"          at {Portal} start to verify yourself, then click \"Approve\"; the page lists checks and "
                + "callbacks"
        );
        Console.WriteLine($"          key {Idenfy.Key}, secret {Idenfy.Secret}, callbacks to {idenfy.CallbackUrl}");
    }

    private static void Tell(StripeSimulator stripe)
    {
        Console.WriteLine($"Stripe    {stripe.Address}");
        Console.WriteLine(
            "          at the portal choose to pay by card, then click \"Pay\"; the page shows sessions and events"
        );
        Console.WriteLine(
            $"          any key sk_test_…, webhook secret {stripe.WebhookSecret}, events to {stripe.WebhookUrl}"
        );
    }

    private void Tell(MyceliumSimulator mycelium)
    {
        Console.WriteLine($"Mycelium  {mycelium.Address}");
        Console.WriteLine(
            "          the page shows everybody's node with its messages; sign in with one of these addresses"
        );
        foreach (var node in mycelium.Nodes.Where(node => node != mycelium.Portal))
            Console.WriteLine($"          {node.Name, -7} {node.IpAddress}, API {node.Address}");
        if (Mycelium.SocketPath is { } socket)
            Console.WriteLine($"          socket {socket}");
    }
}
