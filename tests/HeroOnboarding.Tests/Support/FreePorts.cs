using System.Net;
using System.Net.Sockets;

namespace HeroOnboarding.Tests.Support;

/// <summary>
/// Ports on loopback that nobody listens on. They lie below the range from which the system takes ports for outgoing
/// connections, and no port is given twice, so that a port stays free between the question and its use.
/// </summary>
internal static class FreePorts
{
    private const int First = 10_000;
    private const int Count = 20_000;
    private static int last = Random.Shared.Next(Count);

    public static int Next()
    {
        while (true)
        {
            var port = First + (int)((uint)Interlocked.Increment(ref last) % Count);
            if (CanListen(port))
                return port;
        }
    }

    private static bool CanListen(int port)
    {
        using var listener = new TcpListener(IPAddress.Loopback, port);
        try
        {
            listener.Start();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
