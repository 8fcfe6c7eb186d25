using System.Net;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http.Features;

namespace HeroOnboarding.Simulators.Web;

/// <summary>
/// A bare web server on 127.0.0.1. It reads neither environment nor settings files, so that these do not affect tests.
/// </summary>
internal static class LoopbackHost
{
    /// <summary>A builder that listens on <paramref name="port"/> of 127.0.0.1; 0 takes any free port.</summary>
    public static WebApplicationBuilder Builder(int port)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder
            .WebHost.UseKestrelCore()
            .ConfigureKestrel(kestrel =>
            {
                kestrel.AddServerHeader = false;
                kestrel.Listen(IPAddress.Loopback, port);
            });
        builder.Services.AddRouting();
        builder.Services.AddSingleton<IHostLifetime, CallerLifetime>();
        builder.Services.Configure<KeyManagementOptions>(keys => keys.XmlRepository = new ForgottenKeys());
        builder
            .Logging.AddSimpleConsole(console => console.SingleLine = true)
            .SetMinimumLevel(LogLevel.Warning)
            .AddFilter("Microsoft.AspNetCore.DataProtection", LogLevel.Error)
            // A start that fails throws to the caller and is not logged too.
            .AddFilter("Microsoft.Extensions.Hosting", LogLevel.None);
        return builder;
    }

    /// <summary>Where a started application listens, for example <c>http://127.0.0.1:40123/</c>.</summary>
    public static Uri AddressOf(WebApplication app) =>
        new(
            app.Services.GetRequiredService<IServer>()
                .Features.GetRequiredFeature<IServerAddressesFeature>()
                .Addresses.Single()
        );

    // Several simulators share one process: none of them may handle Ctrl-C.
    private sealed class CallerLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
