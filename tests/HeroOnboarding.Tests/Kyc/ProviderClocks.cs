using HeroOnboarding.Simulators.Idenfy;
using HeroOnboarding.Tests.Support;

namespace HeroOnboarding.Tests.Kyc;

/// <summary>A provider's clock may be ahead of ours. Its later verdicts, with a right clock, still count.</summary>
public sealed class ProviderClocks
{
    [Theory, BothDatabases]
    public async Task A_decision_from_the_future_does_not_shut_out_later_ones(Db db)
    {
        await using var at = await KycPortal.StartAsync(db);
        var asha = await at.StartedAsync("asha");
        await SayAsync(at, "APPROVED", at.Portal.Now.AddDays(10));
        Assert.Equal("completed/completed", await at.StateAsync(asha));
        Assert.Equal(at.Portal.Now, (await at.SessionAsync()).VerdictAt);
        at.Portal.Clock.Advance(TimeSpan.FromMinutes(2));
        await SayAsync(at, "DENIED", at.Portal.Now.AddMinutes(-1));
        Assert.Equal("failed/failed", await at.StateAsync(asha));
    }

    [Theory, BothDatabases]
    public async Task A_decision_that_is_older_by_a_right_clock_still_changes_nothing(Db db)
    {
        await using var at = await KycPortal.StartAsync(db);
        var asha = await at.StartedAsync("asha");
        await SayAsync(at, "APPROVED", at.Portal.Now.AddMinutes(-1));
        await SayAsync(at, "DENIED", at.Portal.Now.AddMinutes(-2));
        Assert.Equal("completed/completed", await at.StateAsync(asha));
    }

    private static async Task SayAsync(KycPortal at, string overall, DateTimeOffset finished)
    {
        var body =
            $$"""{"final":true,"status":{"overall":"{{overall}}"}"""
            + $$""","scanRef":"{{at.Scan}}","clientId":"{{at.Idenfy.Scans[^1].ClientId}}","finishTime":"""
            + $$"""{{finished.ToUnixTimeSeconds()}} }""";
        (await at.PostCallbackAsync(body, IdenfySignature.Sign(body, KycPortal.SigningKey))).Expect(200);
    }
}
