using System.Net;
using HeroOnboarding.Simulators.Idenfy;

namespace HeroOnboarding.Tests.Simulators;

/// <summary>The pages by HTTP, as somebody without script would use them.</summary>
public sealed class IdenfySimulatorPages
{
    [Theory]
    [InlineData("approve", "APPROVED", true, "success")]
    [InlineData("deny", "DENIED", true, "error")]
    [InlineData("suspect", "SUSPECTED", true, "success")]
    [InlineData("machine", "APPROVED", false, "success")]
    [InlineData("expire", "EXPIRED", null, "unverified")]
    [InlineData("cancel", "EXPIRED", null, "unverified")]
    public async Task Each_button_ends_the_check_and_leads_back(string choice, string overall, bool? final, string end)
    {
        await using var idenfy = await Idenfy.StartAsync();
        var scanRef = await idenfy.CheckAsync();
        Assert.Contains(
            $"value=\"{choice}\"",
            await PageAsync(idenfy, scanRef, HttpStatusCode.OK),
            StringComparison.Ordinal
        );
        Assert.Equal(
            $"https://portal.example.org/kyc/return?end={end}",
            await idenfy.ClickAsync(scanRef, choice, "FACE_MISMATCH", IdenfyVerdict.WatchList)
        );
        var callback = Assert.Single(idenfy.Simulator.Callbacks);
        Assert.Equal((overall, final), (callback.Overall, callback.Final));
        var status = callback.Json.GetProperty("status");
        Assert.Equal(
            choice == "deny" ? ["FACE_MISMATCH"] : [],
            status.GetProperty("denyReasons").EnumerateArray().Select(r => r.GetString())
        );
        Assert.Equal(choice == "suspect" ? 1 : 0, status.GetProperty("suspicionReasons").GetArrayLength());
        await PageAsync(idenfy, scanRef, HttpStatusCode.Gone);
        using var again = await idenfy.PostFormAsync(
            "/ui",
            new() { ["authToken"] = idenfy.Scan(scanRef).AuthToken, ["choice"] = "approve" }
        );
        Assert.Equal(HttpStatusCode.Gone, again.StatusCode);
        Assert.Single(idenfy.Simulator.Callbacks);
    }

    [Fact]
    public async Task The_link_leads_to_the_page_once_and_an_unknown_one_says_so()
    {
        await using var idenfy = await Idenfy.StartAsync();
        var answer = await idenfy.TokenAsync(new { clientId = "<b>user</b>" });
        using var redirect = await idenfy.GetAsync(
            new Uri(answer.GetProperty("redirectUrl").GetString()!).PathAndQuery
        );
        Assert.Equal(
            (HttpStatusCode.Found, $"/ui?authToken={idenfy.Simulator.Scans[0].AuthToken}"),
            (redirect.StatusCode, redirect.Headers.Location!.OriginalString)
        );
        Assert.Contains(
            "&lt;b&gt;user&lt;/b&gt;",
            await PageAsync(idenfy, idenfy.Simulator.Scans[0].ScanRef, HttpStatusCode.OK),
            StringComparison.Ordinal
        );
        using var unknown = await idenfy.GetAsync("/ui?authToken=nobody");
        Assert.Equal(HttpStatusCode.NotFound, unknown.StatusCode);
        Assert.Equal("/result?status=success", await idenfy.ClickAsync(idenfy.Simulator.Scans[0].ScanRef, "approve"));
        using var result = await idenfy.GetAsync("/result?status=success");
        Assert.Equal(HttpStatusCode.OK, result.StatusCode);
    }

    [Fact]
    public async Task An_expired_link_says_that_it_expired()
    {
        await using var idenfy = await Idenfy.StartAsync();
        var scanRef = await idenfy.CheckAsync();
        idenfy.Clock.Advance(TimeSpan.FromHours(1));
        Assert.Contains("expired", await PageAsync(idenfy, scanRef, HttpStatusCode.Gone), StringComparison.Ordinal);
    }

    [Fact]
    public async Task When_a_callback_is_not_taken_people_are_sent_to_the_error_page_and_the_verdict_stays()
    {
        await using var idenfy = await Idenfy.StartAsync(o => o with { AutoDeliver = true });
        idenfy.Answer = () => HttpStatusCode.InternalServerError;
        var scanRef = await idenfy.CheckAsync();
        Assert.EndsWith("end=error", await idenfy.ClickAsync(scanRef, "approve"), StringComparison.Ordinal);
        Assert.Equal("APPROVED", idenfy.Scan(scanRef).Overall);
        idenfy.Answer = () => HttpStatusCode.OK;
        Assert.EndsWith(
            "end=success",
            await idenfy.ClickAsync(await idenfy.CheckAsync("user-2"), "approve"),
            StringComparison.Ordinal
        );
        idenfy.Simulator.BounceToErrorUrl = true;
        Assert.EndsWith(
            "end=error",
            await idenfy.ClickAsync(await idenfy.CheckAsync("user-3"), "approve"),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task On_the_index_people_decide_resubmit_send_again_and_expire()
    {
        await using var idenfy = await Idenfy.StartAsync();
        Assert.Contains("No check yet", await IndexAsync(), StringComparison.Ordinal);
        var (first, second) = (await idenfy.CheckAsync("user-1"), await idenfy.CheckAsync("user-2"));
        await idenfy.ActAsync(second, "expire");
        await idenfy.ClickAsync(first, "machine");
        Assert.Contains("A person approves", await IndexAsync(), StringComparison.Ordinal);
        await idenfy.ActAsync(first, "approve");
        await idenfy.ActAsync(first, "resubmit-denied");
        await idenfy.ActAsync(first, "expire"); // Too late, nothing happens.
        Assert.Equal(["EXPIRED", "APPROVED", "APPROVED", "DENIED"], idenfy.Simulator.Callbacks.Select(c => c.Overall));
        await idenfy.ActAsync(first, "again");
        idenfy.Answer = () => null;
        await idenfy.ActAsync(first, "again");
        var index = await IndexAsync();
        Assert.Contains("connection broke", index, StringComparison.Ordinal);
        Assert.Equal([4, 4], idenfy.Simulator.Deliveries.Select(d => d.Callback));

        async Task<string> IndexAsync() => await (await idenfy.GetAsync("/")).Content.ReadAsStringAsync();
    }

    private static async Task<string> PageAsync(Idenfy idenfy, string scanRef, HttpStatusCode status)
    {
        using var response = await idenfy.GetAsync($"/ui?authToken={idenfy.Scan(scanRef).AuthToken}");
        Assert.Equal(status, response.StatusCode);
        return await response.Content.ReadAsStringAsync();
    }
}
