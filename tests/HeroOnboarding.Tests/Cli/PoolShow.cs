using System.Net;
using System.Text.Json;

namespace HeroOnboarding.Tests.Cli;

/// <summary><c>pool show</c> against a portal that is another process.</summary>
public sealed class PoolShow
{
    [Fact]
    public async Task It_lists_every_machine_also_beyond_the_first_page()
    {
        await using var portal = await PortalProcess.StartAsync();
        var machines = Enumerable
            .Range(1, 450)
            .Select(n =>
                $$"""{"id":"vm-{{n:0000}}","address":"10.0.{{n / 250}}."""
                + $$"""{{n % 250}}"{{(n == 7 ? ",\"status\":\"maintenance\"" : "")}}}"""
            );
        await portal.PostAsync("/admin/pool-refresh", "[" + string.Join(',', machines) + "]", HttpStatusCode.OK);
        var lines = (await Executable.RunAsync("pool show", portal.Settings))
            .Expect(0)
            .Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        // The machine of VM_POOL_JSON at the start is not listed any more, but its row stays.
        Assert.Equal(451, lines.Length);
        Assert.Contains(
            lines,
            l =>
                l.StartsWith("vm-0007 ", StringComparison.Ordinal)
                && l.Contains("maintenance", StringComparison.Ordinal)
                && l.EndsWith("10.0.0.7", StringComparison.Ordinal)
        );
        Assert.Contains(
            lines,
            l => l.StartsWith("vm-0450 ", StringComparison.Ordinal) && l.Contains("free", StringComparison.Ordinal)
        );
        Assert.Contains(
            lines,
            l =>
                l.StartsWith("vm-1 ", StringComparison.Ordinal)
                && l.Contains("unlisted", StringComparison.Ordinal)
                && l.EndsWith('—')
        );
    }

    [Fact]
    public async Task As_json_it_is_what_the_portal_answered()
    {
        await using var portal = await PortalProcess.StartAsync();
        var ended = (await Executable.RunAsync("pool show --json", portal.Settings)).Expect(0);
        Assert.Equal(
            "vm-1",
            JsonDocument.Parse(ended.Output).RootElement.GetProperty("rows")[0].GetProperty("id").GetString()
        );
    }

    [Fact]
    public async Task A_wrong_secret_fails_it()
    {
        await using var portal = await PortalProcess.StartAsync();
        var wrong = new Dictionary<string, string>(portal.Settings)
        {
            ["HERO_ONBOARDING_ADMIN_SECRET"] = "another-secret-that-is-long-enough-0123456789",
        };
        Assert.Contains(
            "The portal answered 403",
            (await Executable.RunAsync("pool show", wrong)).Expect(1).Errors,
            StringComparison.Ordinal
        );
    }
}
