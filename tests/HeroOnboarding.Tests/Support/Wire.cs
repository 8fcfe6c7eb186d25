using System.Collections.Concurrent;

namespace HeroOnboarding.Tests.Support;

/// <summary>
/// What the portal may call in a test: only addresses that the test named. Anything else fails the test.
/// </summary>
public sealed class Wire : DelegatingHandler
{
    private readonly ConcurrentDictionary<string, bool> allowed = new(StringComparer.OrdinalIgnoreCase);

    public Wire()
        : base(
            new SocketsHttpHandler
            {
                AllowAutoRedirect = false,
                UseCookies = false,
                UseProxy = false,
            }
        ) { }

    public ConcurrentQueue<string> Unexpected { get; } = new();

    /// <summary>Changes answers on their way back, for tests that forge them.</summary>
    public Func<HttpRequestMessage, HttpResponseMessage, Task>? Tamper { get; set; }

    public void Allow(Uri address) => allowed[address.Authority] = true;

    protected override async Task<HttpResponseMessage> SendAsync(
        HttpRequestMessage request,
        CancellationToken cancellationToken
    )
    {
        if (allowed.ContainsKey(request.RequestUri!.Authority))
        {
            var response = await base.SendAsync(request, cancellationToken);
            await (Tamper?.Invoke(request, response) ?? Task.CompletedTask);
            return response;
        }
        Unexpected.Enqueue($"{request.Method} {request.RequestUri}");
        throw new InvalidOperationException($"Unexpected outgoing call: {request.Method} {request.RequestUri}");
    }
}
