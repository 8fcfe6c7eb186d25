using System.Net;

namespace HeroOnboarding.Tests.Cli;

/// <summary>Real processes are killed and started again on changed files of the SQLite store.</summary>
public sealed class OlderStoreServed
{
    private const string Three = """[{"id":"a"},{"id":"b"},{"id":"c"}]""";

    [Fact]
    public async Task A_bit_that_flipped_in_the_log_of_a_killed_server_is_refused_and_may_be_accepted()
    {
        await using var portal = await PortalProcess.StartAsync();
        await using var next = new PortalProcess();
        // All changes are in the file, so no checkpoint can copy only a part of those that follow.
        await portal.WaitForEmptyLogAsync();
        await using (var reader = await portal.HoldLogAsync())
        {
            await portal.PostAsync("/admin/pool-refresh", Three, HttpStatusCode.OK);
            await portal.PostAsync("/admin/pool-refresh", Three, HttpStatusCode.OK);
            await portal.KillAsync();
            portal.CopyStoreTo(next);
        }
        var bytes = await File.ReadAllBytesAsync(next.LogFile);
        bytes[40] ^= 1;
        await File.WriteAllBytesAsync(next.LogFile, bytes);
        var ended = (await Executable.RunAsync("serve", next.Settings)).Expect(2);
        Assert.Contains("frame 1 is damaged", ended.Errors, StringComparison.Ordinal);
        Assert.Contains("--accept-older-store", ended.Errors, StringComparison.Ordinal);
        (await Executable.RunAsync("migrate", next.Settings)).Expect(2);
        await next.StartAgainAsync("serve --accept-older-store");
        Assert.Contains("It was accepted", next.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_a_second_old_needs_no_log()
    {
        await using var portal = await PortalProcess.StartAsync();
        await portal.PostAsync("/admin/pool-refresh", Three, HttpStatusCode.OK);
        await portal.WaitForEmptyLogAsync();
        await portal.KillAsync();
        File.Delete(portal.LogFile);
        await portal.StartAgainAsync();
        var answer = await portal.PostAsync("/admin/pool-refresh", "[]", HttpStatusCode.OK);
        Assert.Equal("""{"prev_pool_size":3,"pool_size":0}""", answer);
    }
}
