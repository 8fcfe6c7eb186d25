using System.Net.Sockets;
using HeroOnboarding.Store;

namespace HeroOnboarding.Web;

/// <summary>
/// The only client for outgoing HTTP: no redirects followed, no cookies, no proxy from the environment. It throws
/// inside a unit of work, where a slow vendor would block the store.
/// </summary>
public sealed class Outgoing : IDisposable
{
    private readonly CrashPoints crash;
    private readonly HttpMessageHandler handler;

    /// <param name="crash">Crash tests stop the portal before or after a call.</param>
    /// <param name="wire">The handler that sends; tests pass one that knows every expected call.</param>
    public Outgoing(CrashPoints crash, HttpMessageHandler? wire = null)
    {
        this.crash = crash;
        handler = new OutsideUnits(crash, wire ?? Sockets());
    }

    private static SocketsHttpHandler Sockets() =>
        new()
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            UseProxy = false,
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
            ConnectTimeout = TimeSpan.FromSeconds(10),
        };

    public HttpMessageHandler Handler => handler;

    public HttpClient Client() =>
        new(handler, disposeHandler: false)
        {
            Timeout = TimeSpan.FromSeconds(60),
            MaxResponseContentBufferSize = 1024 * 1024,
        };

    /// <summary>A client for a server on this computer that listens on a Unix socket.</summary>
    public HttpClient ClientOf(string socketPath)
    {
        var sockets = Sockets();
        sockets.ConnectCallback = async (_, cancel) =>
        {
            var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            try
            {
                await socket.ConnectAsync(new UnixDomainSocketEndPoint(socketPath), cancel);
                return new NetworkStream(socket, ownsSocket: true);
            }
            catch
            {
                socket.Dispose();
                throw;
            }
        };
        return new(new OutsideUnits(crash, sockets))
        {
            Timeout = TimeSpan.FromSeconds(60),
            MaxResponseContentBufferSize = 1024 * 1024,
        };
    }

    public void Dispose() => handler.Dispose();

    private sealed class OutsideUnits(CrashPoints crash, HttpMessageHandler wire) : DelegatingHandler(wire)
    {
        protected override async Task<HttpResponseMessage> SendAsync(
            HttpRequestMessage request,
            CancellationToken cancellationToken
        )
        {
            if (Unit.IsRunning)
                throw new InvalidOperationException(
                    "Outgoing HTTP inside a unit of work; queue an outbox row instead."
                );
            var path = request.RequestUri?.AbsolutePath ?? "";
            crash.Reach("before call", path);
            var response = await base.SendAsync(request, cancellationToken);
            crash.Reach("after call", path);
            return response;
        }
    }
}
