using HeroOnboarding.Store;

namespace HeroOnboarding.Web;

/// <summary>
/// The only way out: no redirects followed, no cookies, no proxy from the environment, and never inside a unit of work, where a slow
/// vendor would hold the whole store.
/// </summary>
public sealed class Outgoing : IDisposable
{
    private readonly HttpMessageHandler handler;

    /// <param name="wire">The handler that really sends; tests put one here that knows every expected call.</param>
    public Outgoing(HttpMessageHandler? wire = null) => handler = new OutsideUnits(wire ?? new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        UseCookies = false,
        UseProxy = false,
        PooledConnectionLifetime = TimeSpan.FromMinutes(5),
        ConnectTimeout = TimeSpan.FromSeconds(10),
    });

    public HttpMessageHandler Handler => handler;

    public HttpClient Client() => new(handler, disposeHandler: false) { Timeout = TimeSpan.FromSeconds(60), MaxResponseContentBufferSize = 1024 * 1024 };

    public void Dispose() => handler.Dispose();

    private sealed class OutsideUnits(HttpMessageHandler wire) : DelegatingHandler(wire)
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            Unit.IsRunning
                ? throw new InvalidOperationException("Outgoing HTTP inside a unit of work; queue an outbox row instead.")
                : base.SendAsync(request, cancellationToken);
    }
}
