using HeroOnboarding.Accounts;

namespace HeroOnboarding.Tests.Support;

/// <summary>Writes the queued times of last use after each answer, unless there is nothing to write them.</summary>
internal sealed class NotingLastUse(Func<LastUse?> lastUse, HttpMessageHandler handler) : DelegatingHandler(handler)
{
    protected override async Task<HttpResponseMessage> SendAsync(
        HttpRequestMessage request,
        CancellationToken cancellationToken
    )
    {
        var response = await base.SendAsync(request, cancellationToken);
        if (lastUse() is { } notes)
            await notes.FlushAsync();
        return response;
    }
}
