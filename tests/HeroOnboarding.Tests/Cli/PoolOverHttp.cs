using System.Net;
using System.Text;
using HeroOnboarding.Tests.Support;

namespace HeroOnboarding.Tests.Cli;

/// <summary><c>pool refresh</c> against a portal that is another process.</summary>
public sealed class PoolOverHttp
{
    private const string TwoMachines = """[{"id":"vm-1"},{"id":"vm-2"}]""";

    [Fact]
    public async Task A_refresh_from_a_file_and_from_standard_input_prints_what_the_portal_answered()
    {
        await using var portal = await PortalProcess.StartAsync();
        var file = Write(portal, TwoMachines);
        Assert.Equal(
            """{"prev_pool_size":1,"pool_size":2}""",
            (await Executable.RunAsync($"pool refresh {file}", portal.Settings)).Expect(0).Output.Trim()
        );
        Assert.Equal(
            """{"prev_pool_size":2,"pool_size":0}""",
            (await Executable.RunAsync("pool refresh -", portal.Settings, input: "[]")).Expect(0).Output.Trim()
        );
        var elsewhere = new Dictionary<string, string> { ["HERO_ONBOARDING_ADMIN_SECRET"] = PortalProcess.AdminSecret };
        Assert.Equal(
            """{"prev_pool_size":0,"pool_size":2}""",
            (await Executable.RunAsync($"pool refresh {file} --url {portal.Address}", elsewhere))
                .Expect(0)
                .Output.Trim()
        );
    }

    [Fact]
    public async Task What_the_portal_refuses_is_printed_and_fails_the_command()
    {
        await using var portal = await PortalProcess.StartAsync();
        var refused = (
            await Executable.RunAsync($"pool refresh {Write(portal, """[{"id":"vm-1"},{"id":7}]""")}", portal.Settings)
        ).Expect(1);
        Assert.Contains("The portal answered 422", refused.Errors, StringComparison.Ordinal);
        Assert.Contains("Entry 2", refused.Errors, StringComparison.Ordinal);
        Assert.Empty(refused.Output);
        Assert.Contains(
            "The portal answered 400",
            (await Executable.RunAsync($"pool refresh {Write(portal, "[")}", portal.Settings)).Expect(1).Errors,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task A_wrong_or_missing_secret_fails_the_command_and_is_not_printed()
    {
        await using var portal = await PortalProcess.StartAsync();
        const string wrong = "another-secret-that-is-long-enough-0123456789";
        var refused = (
            await Executable.RunAsync(
                "pool refresh -",
                new Dictionary<string, string>(portal.Settings) { ["HERO_ONBOARDING_ADMIN_SECRET"] = wrong },
                "[]"
            )
        ).Expect(1);
        Assert.Contains("The portal answered 403", refused.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain(wrong, refused.Errors, StringComparison.Ordinal);
        var none = (await Executable.RunAsync($"pool refresh - --url {portal.Address}", null, "[]")).Expect(1);
        Assert.Contains("Set HERO_ONBOARDING_ADMIN_SECRET", none.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_portal_that_is_down_and_a_file_that_is_not_there_are_said_in_a_sentence()
    {
        var settings = new Dictionary<string, string> { ["HERO_ONBOARDING_ADMIN_SECRET"] = PortalProcess.AdminSecret };
        var down = $"http://127.0.0.1:{FreePorts.Next()}";
        Assert.Contains(
            "does not answer",
            (await Executable.RunAsync($"pool refresh - --url {down}", settings, "[]")).Expect(1).Errors,
            StringComparison.Ordinal
        );
        Assert.Contains(
            "does not answer",
            (await Executable.RunAsync($"pool show --url {down}", settings)).Expect(1).Errors,
            StringComparison.Ordinal
        );
        Assert.Contains(
            "must look like https://",
            (await Executable.RunAsync("pool refresh - --url nowhere", settings, "[]")).Expect(1).Errors,
            StringComparison.Ordinal
        );
        Assert.Contains(
            "Cannot read /nowhere/pool.json",
            (await Executable.RunAsync("pool refresh /nowhere/pool.json", settings)).Expect(1).Errors,
            StringComparison.Ordinal
        );
    }

    [Theory]
    [InlineData("hello")]
    [InlineData("[]")]
    [InlineData("""{"rows":7}""")]
    public async Task Something_else_that_answers_there_is_said_in_a_sentence(string answer)
    {
        var address = $"http://127.0.0.1:{FreePorts.Next()}/";
        using var other = new HttpListener { Prefixes = { address } };
        other.Start();
        var command = Executable.RunAsync(
            $"pool show --url {address}",
            new Dictionary<string, string> { ["HERO_ONBOARDING_ADMIN_SECRET"] = PortalProcess.AdminSecret }
        );
        var call = await other.GetContextAsync().WaitAsync(Hanging.Limit);
        Assert.Equal("/admin/list-pool", call.Request.Url!.AbsolutePath);
        call.Response.Close(Encoding.UTF8.GetBytes(answer), willBlock: true);
        Assert.Contains("is not this portal", (await command).Expect(1).Errors, StringComparison.Ordinal);
    }

    private static string Write(PortalProcess portal, string json)
    {
        var file = Path.Combine(portal.Folder, "pool.json");
        File.WriteAllText(file, json);
        return file;
    }
}
