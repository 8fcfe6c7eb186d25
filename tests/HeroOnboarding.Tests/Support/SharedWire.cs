namespace HeroOnboarding.Tests.Support;

/// <summary>Sends to the wire and does not dispose it: the wire outlives a restart of the portal.</summary>
internal sealed class SharedWire(Wire wire) : DelegatingHandler
{
    private readonly HttpMessageInvoker invoker = new(wire, disposeHandler: false);

    protected override Task<HttpResponseMessage> SendAsync(
        HttpRequestMessage request,
        CancellationToken cancellationToken
    ) => invoker.SendAsync(request, cancellationToken);

    protected override void Dispose(bool disposing)
    {
        invoker.Dispose();
        base.Dispose(disposing);
    }
}
