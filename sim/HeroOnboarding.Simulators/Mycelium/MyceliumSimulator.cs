namespace HeroOnboarding.Simulators.Mycelium;

/// <summary>
/// Simulates an overlay network: each node is a Mycelium daemon with a key, the /64 of that key, and the daemon's HTTP
/// API on a loopback port of its own. Messages arrive immediately unless a fault is switched on.
/// </summary>
public sealed class MyceliumSimulator : IAsyncDisposable
{
    internal const string PortalName = "portal";

    private readonly MyceliumNetwork network;
    private int disposed;

    private MyceliumSimulator(MyceliumOptions options)
    {
        network = new MyceliumNetwork(options);
        Portal = network.Node(PortalName);
        foreach (var person in options.People)
            network.Node(person);
    }

    /// <summary>The node that the portal uses.</summary>
    public MyceliumNode Portal { get; }

    /// <summary>
    /// The base address of the portal's node, for example <c>http://127.0.0.1:9935/</c>; the pages are there too.
    /// </summary>
    public Uri Address => Portal.Address;

    /// <summary>Every node, the portal's first.</summary>
    public IReadOnlyList<MyceliumNode> Nodes => network.Nodes;

    /// <summary>Every message so far, in the order of sending.</summary>
    public IReadOnlyList<MyceliumMessage> Messages => network.Messages;

    /// <summary>
    /// Faults of all nodes together, which can be switched while it runs; each node also has its own.
    /// </summary>
    public MyceliumKnobs Knobs => network.Knobs;

    /// <summary>Starts the portal's node on 127.0.0.1, and the nodes of the sample people.</summary>
    /// <exception cref="IOException">The port or socket is taken.</exception>
    public static async Task<MyceliumSimulator> StartAsync(MyceliumOptions? options = null)
    {
        var mycelium = new MyceliumSimulator(options ?? new MyceliumOptions());
        try
        {
            _ = mycelium.Address;
        }
        catch
        {
            await mycelium.DisposeAsync();
            throw;
        }
        return mycelium;
    }

    /// <summary>
    /// A person's node, created at the first call. Its key is derived from the name, so the address is the same
    /// in every run.
    /// </summary>
    public MyceliumNode Node(string name) => network.Node(name);

    /// <summary>Lets every message arrive that <see cref="MyceliumKnobs.Hold"/> or a delay holds back.</summary>
    public void Release() => network.Release();

    /// <summary>Lets one message arrive, in any order.</summary>
    public void Release(MyceliumMessage message)
    {
        ArgumentNullException.ThrowIfNull(message);
        network.Release(message);
    }

    /// <summary>Stops all nodes; pending calls get no answer.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref disposed, 1) == 1)
            return;
        await network.StopAsync();
        network.Dispose();
    }
}
