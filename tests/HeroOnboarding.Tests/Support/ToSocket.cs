namespace HeroOnboarding.Tests.Support;

/// <summary>Sends requests for <see cref="Portal.Base"/> to the address at which Kestrel listens.</summary>
internal sealed class ToSocket(Uri address, HttpMessageHandler socket) : DelegatingHandler
{
    private readonly HttpMessageInvoker invoker = new(socket, disposeHandler: false);

    protected override Task<HttpResponseMessage> SendAsync(
        HttpRequestMessage request,
        CancellationToken cancellationToken
    )
    {
        request.RequestUri = new Uri(address, request.RequestUri!.PathAndQuery);
        if (request.Headers.Remove("Origin"))
            request.Headers.TryAddWithoutValidation("Origin", address.GetLeftPart(UriPartial.Authority));
        return invoker.SendAsync(request, cancellationToken);
    }

    protected override void Dispose(bool disposing)
    {
        invoker.Dispose();
        base.Dispose(disposing);
    }
}
