using HeroOnboarding.Simulators.Web;

namespace HeroOnboarding.Simulators.Cockpit;

/// <summary>Simulates the cockpits of machines: one page per machine, at <c>/machines/{id}</c>.</summary>
public sealed class CockpitSimulator : IAsyncDisposable
{
    private readonly WebApplication app;

    private CockpitSimulator(WebApplication app)
    {
        this.app = app;
        Address = LoopbackHost.AddressOf(app);
    }

    /// <summary>The address on which it listens, for example <c>http://127.0.0.1:9931/</c>.</summary>
    public Uri Address { get; }

    /// <summary>Starts on 127.0.0.1.</summary>
    /// <param name="port">0 takes any free port.</param>
    /// <exception cref="IOException">The port is taken.</exception>
    public static async Task<CockpitSimulator> StartAsync(int port = 0)
    {
        var app = LoopbackHost.Builder(port).Build();
        app.MapGet(
            "/",
            () =>
                PlainPage.Result(
                    "Cockpits",
                    """
                    <p>Simulator. Every machine has its page at <code>/machines/{id}</code>.</p>
                    """
                )
        );
        app.MapGet(
            "/machines/{id}",
            (string id) =>
                PlainPage.Result(
                    $"Cockpit of {id}",
                    $"""
                    <p>This page stands in for the cockpit that runs on machine <code>{PlainPage.Text(id)}</code>.</p>
                    <p class="dim">Simulator: nothing here starts or stops anything.</p>
                    """
                )
        );
        await app.StartAsync();
        return new CockpitSimulator(app);
    }

    /// <summary>The address of one machine's page; it can be a pool entry's <c>cockpit_url</c>.</summary>
    public Uri PageOf(string machineId) => new(Address, "machines/" + Uri.EscapeDataString(machineId));

    /// <summary>Stops listening.</summary>
    public ValueTask DisposeAsync() => this.app.DisposeAsync();
}
