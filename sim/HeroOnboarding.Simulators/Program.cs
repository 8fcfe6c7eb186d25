using System.CommandLine;
using HeroOnboarding.Simulators;
using HeroOnboarding.Simulators.Deployer;
using HeroOnboarding.Simulators.Forge;
using HeroOnboarding.Simulators.Idenfy;
using HeroOnboarding.Simulators.Mycelium;
using HeroOnboarding.Simulators.Stripe;

var forgePort = new Option<int>("--forge-port")
{
    Description = "Port of the forge (0: any free port)",
    DefaultValueFactory = _ => 9930,
};
var cockpitPort = new Option<int>("--cockpit-port")
{
    Description = "Port of the cockpits",
    DefaultValueFactory = _ => 9931,
};
var deployerPort = new Option<int>("--deployer-port")
{
    Description = "Port of the deployer",
    DefaultValueFactory = _ => 9932,
};
var stripePort = new Option<int>("--stripe-port") { Description = "Port of Stripe", DefaultValueFactory = _ => 9933 };
var portal = new Option<Uri>("--portal")
{
    Description = "Address of the portal",
    DefaultValueFactory = _ => new Uri("http://127.0.0.1:9920"),
    CustomParser = given =>
    {
        if (
            Uri.TryCreate(given.Tokens[0].Value, UriKind.Absolute, out var address)
            && address.Scheme is "http" or "https"
        )
            return address;
        given.AddError("--portal must be an http address, such as http://127.0.0.1:9920");
        return null;
    },
};
var clientSecret = new Option<string>("--client-secret")
{
    Description = "OAuth secret",
    DefaultValueFactory = _ => new ForgeOptions().ClientSecret,
};
var deployerSecret = new Option<string?>("--deployer-secret")
{
    Description = "whsec_ + base64 (without it: a new one, printed)",
};
var stripeSecret = new Option<string>("--stripe-webhook-secret")
{
    Description = "Signs Stripe's webhooks",
    DefaultValueFactory = _ => new StripeOptions().WebhookSecret,
};
var adminSecret = new Option<string?>("--admin-secret")
{
    Description = "The portal's admin secret (else HERO_ONBOARDING_ADMIN_SECRET)",
};
var wipeAfter = new Option<double>("--wipe-after")
{
    Description = "Seconds from release to wiped",
    DefaultValueFactory = _ => 5,
};
var idenfyPort = new Option<int>("--idenfy-port")
{
    Description = "Port of the identity checks",
    DefaultValueFactory = _ => 9934,
};
var idenfyWebhookSecret = new Option<string>("--idenfy-webhook-secret")
{
    Description = "Signs the callbacks of identity checks",
    DefaultValueFactory = _ => new IdenfyOptions().SigningKey!,
};
var myceliumPort = new Option<int>("--mycelium-port")
{
    Description = "Port of the portal's overlay node; the others take any free ports",
    DefaultValueFactory = _ => 9935,
};
var myceliumSocket = new Option<string?>("--mycelium-socket")
{
    Description = "Unix socket on which the portal's overlay node listens too",
};

var root = new RootCommand(
    "A forge to sign in with, cockpits of machines, a deployer, Stripe, identity checks and an overlay network, all "
        + "simulated. Loopback only, never for production."
)
{
    forgePort,
    cockpitPort,
    deployerPort,
    stripePort,
    portal,
    clientSecret,
    deployerSecret,
    stripeSecret,
    adminSecret,
    wipeAfter,
    idenfyPort,
    idenfyWebhookSecret,
    myceliumPort,
    myceliumSocket,
};
root.SetAction(
    async (parsed, stop) =>
    {
        try
        {
            await new Standalone(
                new ForgeOptions
                {
                    Port = parsed.GetValue(forgePort),
                    ClientSecret = parsed.GetRequiredValue(clientSecret),
                },
                parsed.GetValue(cockpitPort),
                new DeployerOptions { Port = parsed.GetValue(deployerPort), Secret = parsed.GetValue(deployerSecret) },
                new StripeOptions
                {
                    Port = parsed.GetValue(stripePort),
                    WebhookSecret = parsed.GetRequiredValue(stripeSecret),
                },
                parsed.GetRequiredValue(portal),
                parsed.GetValue(adminSecret) ?? Environment.GetEnvironmentVariable("HERO_ONBOARDING_ADMIN_SECRET"),
                TimeSpan.FromSeconds(parsed.GetValue(wipeAfter))
            )
            {
                Idenfy = new IdenfyOptions
                {
                    Port = parsed.GetValue(idenfyPort),
                    SigningKey = parsed.GetRequiredValue(idenfyWebhookSecret),
                    AutoDeliver = true,
                },
                Mycelium = new MyceliumOptions
                {
                    Port = parsed.GetValue(myceliumPort),
                    SocketPath = parsed.GetValue(myceliumSocket),
                },
            }.RunAsync(stop);
            return 0;
        }
        catch (Exception e) when (e is IOException or FormatException)
        {
            // A taken port or a malformed secret is reported as one sentence.
            await Console.Error.WriteLineAsync(e.Message);
            return 1;
        }
    }
);
return await root.Parse(args).InvokeAsync();

// Internal, because the portal has the public Program.
internal partial class Program;
