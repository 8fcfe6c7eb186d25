using System.Collections.Concurrent;

namespace HeroOnboarding.Tests.Support;

/// <summary>What the portal may call in a test: only addresses that the test named. Anything else fails the test.</summary>
public sealed class Wire : DelegatingHandler
{
    private readonly ConcurrentDictionary<string, bool> allowed = new(StringComparer.OrdinalIgnoreCase);

    public Wire() : base(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, UseProxy = false })
    {
    }

    public ConcurrentQueue<string> Unexpected { get; } = new();

    public void Allow(Uri address) => allowed[address.Authority] = true;

    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (allowed.ContainsKey(request.RequestUri!.Authority))
            return base.SendAsync(request, cancellationToken);
        Unexpected.Enqueue($"{request.Method} {request.RequestUri}");
        throw new InvalidOperationException($"Unexpected outgoing call: {request.Method} {request.RequestUri}");
    }
}
