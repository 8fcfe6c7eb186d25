using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using System.Text;
using HeroOnboarding.Tests.Support;

namespace HeroOnboarding.Tests.Cli;

/// <summary>Where the command line sends the operator secret, and where it does not.</summary>
public sealed class SecretOnTheWire
{
    private static readonly Dictionary<string, string> Secret = new()
    {
        ["HERO_ONBOARDING_ADMIN_SECRET"] = Portal.AdminSecret,
    };

    /// <summary>Every command that takes <c>--url</c>.</summary>
    public static TheoryData<string> Commands =>
        new(
            "pool show",
            "pool refresh -",
            "auto-release --once",
            "tokens list",
            "tokens revoke feeder",
            "tokens create feeder --scope pool"
        );

    [Theory, MemberData(nameof(Commands))]
    public async Task Over_plain_http_to_another_machine_it_is_sent_only_with_insecure(string command)
    {
        // An address of this machine that is not loopback, as that of another machine would be.
        var elsewhere = $"http://{OwnHost()}:{FreePorts.Next()}";
        await using var portal = await Portal.StartAsync(
            Db.Sqlite,
            kestrel: true,
            environment: new Dictionary<string, string?> { ["LISTEN"] = elsewhere }
        );
        var refused = (await Executable.RunAsync($"{command} --url {elsewhere}", Secret, "[]")).Expect(1);
        Assert.Contains("--insecure", refused.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("does not answer", refused.Errors, StringComparison.Ordinal);
        Assert.Equal("", refused.Output);
        var sent = await Executable.RunAsync($"{command} --insecure --url {elsewhere}", Secret, "[]");
        Assert.True(
            sent.Code == 0 || sent.Errors.Contains("There is no token named feeder", StringComparison.Ordinal),
            sent.Errors
        );
        Assert.DoesNotContain("does not answer", sent.Errors, StringComparison.Ordinal);
    }

    private static string OwnHost() =>
        NetworkInterface
            .GetAllNetworkInterfaces()
            .SelectMany(network => network.GetIPProperties().UnicastAddresses)
            .Select(own => own.Address)
            .FirstOrDefault(a => a.AddressFamily == AddressFamily.InterNetwork && !IPAddress.IsLoopback(a))
            ?.ToString()
        ?? Dns.GetHostName();

    [Theory]
    [InlineData("ftp://portal.example.org/")]
    [InlineData("file:///etc/passwd")]
    [InlineData("portal.example.org")]
    [InlineData("http://portal@127.0.0.1:1/")]
    [InlineData("javascript:alert(1)")]
    public async Task An_address_that_is_none_of_a_portal_is_answered_by_a_sentence(string url)
    {
        var ended = (await Executable.RunAsync($"pool show --url {url}", Secret)).Expect(1);
        Assert.Contains($"--url is '{url}'; it must look like https://", ended.Errors, StringComparison.Ordinal);
        Assert.Contains(
            "does not answer",
            (await Executable.RunAsync("pool show --url http://127.0.0.1:1/", Secret)).Expect(1).Errors,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task A_proxy_of_the_environment_does_not_get_it_over_plain_http()
    {
        await using var portal = await Portal.StartAsync(Db.Sqlite, kestrel: true);
        using var proxy = Listening();
        var port = ((IPEndPoint)proxy.LocalEndpoint).Port;
        var environment = new Dictionary<string, string>(Secret) { ["http_proxy"] = $"http://127.0.0.1:{port}" };
        (await Executable.RunAsync($"pool show --url {portal.Address}", environment)).Expect(0);
        Assert.False(proxy.Pending(), "The command spoke to the proxy.");
    }

    [Fact]
    public async Task A_redirect_is_not_followed()
    {
        using var first = Listening();
        using var second = Listening();
        var command = Executable.RunAsync($"pool show --url http://{first.LocalEndpoint}/", Secret);
        using (var asked = await first.AcceptSocketAsync().WaitAsync(Hanging.Limit))
        {
            await asked.ReceiveAsync(new byte[4096]).WaitAsync(Hanging.Limit);
            await asked.SendAsync(
                Encoding.ASCII.GetBytes(
                    "HTTP/1.1 302 Found\r\nContent-Length: 0\r\n"
                        + $"Location: http://{second.LocalEndpoint}/\r\nConnection: close\r\n\r\n"
                )
            );
        }
        Task followed = second.AcceptSocketAsync();
        Assert.True(
            await Task.WhenAny(command, followed).WaitAsync(Hanging.Limit) != followed,
            "The command followed the redirect."
        );
        Assert.Contains("answered 302", (await command).Expect(1).Errors, StringComparison.Ordinal);
    }

    private static TcpListener Listening()
    {
        var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return listener;
    }

    [Fact]
    public async Task A_secret_that_no_header_can_carry_is_answered_by_a_sentence()
    {
        var secret = new Dictionary<string, string>(Secret);
        secret["HERO_ONBOARDING_ADMIN_SECRET"] += "\nSecond: line";
        var ended = (await Executable.RunAsync("pool show --url http://127.0.0.1:1/", secret)).Expect(1);
        Assert.Contains("cannot be sent in a header", ended.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain(Portal.AdminSecret, ended.Errors, StringComparison.Ordinal);
    }
}
