using System.Net;
using System.Text.Json;
using HeroOnboarding.Tests.Support;

namespace HeroOnboarding.Tests.Cli;

/// <summary>The log on standard output of a real process.</summary>
public sealed class LogOnTheConsole
{
    private const string Refused = "Refused POST /admin/pool-vm-ready: 404 pool_vm.unknown";

    [Theory]
    [InlineData("json")]
    [InlineData("text")]
    public async Task A_refusal_is_found_by_the_id_of_its_answer(string format)
    {
        await using var portal = await PortalProcess.StartAsync(
            new Dictionary<string, string> { ["LOG_FORMAT"] = format }
        );
        var refused = await portal.PostAsync(
            "/admin/pool-vm-ready",
            """{"pool_vm_id":"planted","lease_number":1}""",
            HttpStatusCode.NotFound
        );
        var id = JsonDocument.Parse(refused).RootElement.GetProperty("trace_id").GetString()!;
        string? line = null;
        // The console writes on a thread of its own.
        await Hanging.WaitAsync(
            "the log line",
            () =>
                Task.FromResult(
                    (line = portal.Log.Split('\n').FirstOrDefault(l => l.Contains(Refused, StringComparison.Ordinal)))
                        is not null
                )
        );
        Assert.Contains(format == "json" ? id : $"trace_id:{id}", line, StringComparison.Ordinal);
        // ASP.NET Core's own scopes would add the path, which callers choose.
        Assert.DoesNotContain("RequestPath", line, StringComparison.Ordinal);
        Assert.DoesNotContain("planted", portal.Log, StringComparison.Ordinal);
        if (format == "json")
            Assert.Equal(
                id,
                JsonDocument.Parse(line!).RootElement.GetProperty("Scopes")[0].GetProperty("trace_id").GetString()
            );
    }
}
