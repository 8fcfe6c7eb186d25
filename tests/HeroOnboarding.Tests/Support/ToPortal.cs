using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;

namespace HeroOnboarding.Tests.Support;

/// <summary>Sends a simulator's callbacks to the portal as it runs now, also after a restart.</summary>
internal sealed class ToPortal(Portal portal) : HttpMessageHandler
{
    protected override async Task<HttpResponseMessage> SendAsync(
        HttpRequestMessage request,
        CancellationToken cancellationToken
    )
    {
        using var invoker = new HttpMessageInvoker(
            ((TestServer)portal.Services.GetRequiredService<IServer>()).CreateHandler()
        );
        return await invoker.SendAsync(request, cancellationToken);
    }
}
