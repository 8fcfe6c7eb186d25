using System.Globalization;
using HeroOnboarding.Simulators.Idenfy;
using HeroOnboarding.Tests.Support;
using OurCallback = HeroOnboarding.Kyc.Idenfy.IdenfyCallback;

namespace HeroOnboarding.Tests.Kyc;

/// <summary>
/// Signed callbacks without a time, replayed or late: they can make a result stricter, never more lenient.
/// </summary>
public sealed class VerdictsWithoutATime
{
    /// <summary>
    /// Verdicts in order of arrival; "@5" is the minute in which the provider reached it, "@-" gives none.
    /// </summary>
    public static TheoryData<Db, string, string> Stories =>
        new(
            from db in Enum.GetValues<Db>()
            from story in new[]
            {
                ("APPROVED@-", "completed/completed"),
                ("APPROVED@-, DENIED@5", "failed/failed"),
                ("APPROVED@-, DENIED@5, APPROVED@-", "failed/failed"),
                ("APPROVED@-, SUSPECTED@-, APPROVED@-", "in_progress/in_progress+review"),
                ("DENIED@5, APPROVED@-", "failed/failed"),
                ("DENIED@-, APPROVED@5", "failed/failed"),
                ("DENIED@-, APPROVED@-", "failed/failed"),
                ("SUSPECTED@-, DENIED@5", "failed/failed"),
                ("APPROVED@5, DENIED@-", "failed/failed"),
                ("APPROVED@5, SUSPECTED@-", "in_progress/in_progress+review"),
                // With times the newest decides both ways, as before.
                ("DENIED@5, APPROVED@6", "completed/completed"),
                ("APPROVED@6, DENIED@5", "completed/completed"),
                ("DENIED@-, APPROVED@40", "completed/completed"),
            }
            select (db, story.Item1, story.Item2)
        );

    [Theory]
    [MemberData(nameof(Stories))]
    public async Task Arrival_alone_never_makes_a_result_laxer(Db db, string story, string end)
    {
        await using var at = await KycPortal.StartAsync(db);
        var asha = await at.StartedAsync("asha");
        var start = at.Portal.Now;
        // All arrive half an hour later, or when they were reached if that is later still.
        at.Portal.Clock.Advance(TimeSpan.FromMinutes(30));
        foreach (var step in story.Split(", "))
        {
            var (word, minute) = (step.Split('@')[0], step.Split('@')[1]);
            DateTimeOffset? reached =
                minute == "-" ? null : start.AddMinutes(int.Parse(minute, CultureInfo.InvariantCulture));
            if (reached > at.Portal.Now)
                at.Portal.Clock.SetUtcNow(reached.Value);
            await PostAsync(at, word, reached);
            at.Portal.Clock.Advance(TimeSpan.FromSeconds(1));
        }
        Assert.Equal(end, await at.StateAsync(asha));
    }

    [Theory, BothDatabases]
    public async Task An_approval_of_an_older_check_without_a_time_does_not_undo_the_denial_of_a_newer_one(Db db)
    {
        await using var at = await KycPortal.StartAsync(db);
        var asha = await at.StartedAsync("asha");
        var first = at.Scan;
        await at.SaysAsync(at.Idenfy.ExpireAsync(first));
        at.Portal.Clock.Advance(TimeSpan.FromMinutes(1));
        (await asha.StartKycAsync()).Expect(303);
        at.Portal.Clock.Advance(TimeSpan.FromMinutes(1));
        await PostAsync(at, "DENIED", at.Portal.Now);
        at.Portal.Clock.Advance(TimeSpan.FromMinutes(1));
        await PostAsync(at, "APPROVED", null, first);
        Assert.StartsWith("failed/", await at.StateAsync(asha), StringComparison.Ordinal);
        // With a time after the denial the older check does verify.
        at.Portal.Clock.Advance(TimeSpan.FromMinutes(1));
        await PostAsync(at, "APPROVED", at.Portal.Now, first);
        Assert.StartsWith("completed/", await at.StateAsync(asha), StringComparison.Ordinal);
    }

    [Theory, BothDatabases]
    public async Task A_replay_without_a_time_does_not_reopen_what_an_operator_decided(Db db)
    {
        await using var at = await KycPortal.StartAsync(db);
        var asha = await at.StartedAsync("asha");
        await PostAsync(at, "SUSPECTED", null);
        var session = await at.SessionAsync();
        at.Portal.Clock.Advance(TimeSpan.FromMinutes(1));
        var decision = new
        {
            session_sid = session.Sid,
            approve = true,
            reason = "passport seen",
        };
        (await at.Portal.AdminPostAsync("/admin/kyc-decide", decision)).Expect(200);
        await PostAsync(at, "SUSPECTED", null);
        Assert.Equal("completed/completed", await at.StateAsync(asha));
    }

    [Theory]
    [InlineData("production", 0, "in_progress/in_progress+review")]
    [InlineData("production", 2, "in_progress/in_progress+review")]
    [InlineData("production", 3, "completed/completed")]
    [InlineData("dev", 0, "completed/completed")]
    public async Task An_approval_that_took_no_time_under_a_production_label_waits_for_an_operator(
        string label,
        int seconds,
        string end
    )
    {
        var settings = new Dictionary<string, string?> { ["IDENFY_ENVIRONMENT"] = label };
        await using var at = await KycPortal.StartAsync(Db.Sqlite, more: settings);
        var asha = await at.StartedAsync("asha");
        await PostAsync(at, "APPROVED", at.Portal.Now, started: at.Portal.Now.AddSeconds(-seconds));
        Assert.Equal(end, await at.StateAsync(asha));
        var waits = end.EndsWith("review", StringComparison.Ordinal);
        Assert.Equal(waits ? OurCallback.NotChecked : null, (await at.SessionAsync()).Reasons);
        const string question = "Is IDENFY_API_KEY a dev key?";
        Assert.Equal(waits, at.Portal.Log.Lines.Any(l => l.Contains(question, StringComparison.Ordinal)));
    }

    private static async Task PostAsync(
        KycPortal at,
        string word,
        DateTimeOffset? finished,
        string? scan = null,
        DateTimeOffset? started = null
    )
    {
        var body = $$"""
            {"final":true,"status":{"overall":"{{word}}"},"scanRef":"{{scan ?? at.Scan}}",
            "clientId":"{{at.Idenfy.Scans[^1].ClientId}}",
            "startTime":{{Seconds(started)}},"finishTime":{{Seconds(finished)}} }
            """;
        (await at.PostCallbackAsync(body, IdenfySignature.Sign(body, KycPortal.SigningKey))).Expect(200);
    }

    private static string Seconds(DateTimeOffset? time) =>
        time?.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture) ?? "null";
}
