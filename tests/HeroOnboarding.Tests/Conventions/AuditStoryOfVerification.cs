using HeroOnboarding.Simulators.Idenfy;
using HeroOnboarding.Tests.Kyc;
using HeroOnboarding.Tests.Support;

namespace HeroOnboarding.Tests.Conventions;

/// <summary>
/// A check that iDenfy fails to begin, then denies, then finds suspicious, and that an operator then decides.
/// </summary>
internal sealed class AuditStoryOfVerification(AuditStory story)
{
    private Task<Reply> starting = null!;

    public IReadOnlyList<AuditChapter> Chapters =>
        [
            new("kyc.start", "customer", () => StartAsync(IdenfyAnswer.Broken)),
            new("kyc.start_failed", "customer", () => AnswerArrivesAsync(503)),
            new("kyc.start", "customer", () => StartAsync(IdenfyAnswer.Ok)),
            new("kyc.link", "customer", () => AnswerArrivesAsync(303)),
            new("kyc.verdict", "system", () => DeliverAsync(Idenfy.DenyAsync(Scan))),
            new("kyc.reset", "customer", ResetAsync),
            new("kyc.verdict", "system", () => DeliverAsync(Idenfy.ResubmitAsync(Scan, Suspected))),
            new("kyc.decide", "machine", DecideAsync),
        ];

    private IdenfySimulator Idenfy => story.Verification.Idenfy;
    private string Scan => story.Verification.Scan;
    private static IdenfyVerdict Suspected => IdenfyVerdict.Suspected("DUPLICATE_FACE");

    /// <summary>Starts a check; iDenfy takes five seconds to answer.</summary>
    private async Task<string?> StartAsync(IdenfyAnswer answer)
    {
        Idenfy.Token.Next(answer with { Delay = TimeSpan.FromSeconds(5) });
        var before = Idenfy.Calls.Count;
        starting = story.Asha.StartKycAsync();
        while (Idenfy.Calls.Count == before)
            await Task.Yield();
        return story.Asha.Sid;
    }

    private async Task<string?> AnswerArrivesAsync(int status)
    {
        story.Portal.Clock.Advance(TimeSpan.FromSeconds(5));
        (await starting).Expect(status);
        return story.Asha.Sid;
    }

    private async Task<string?> DeliverAsync(Task<IdenfyCallback> callback)
    {
        await story.Verification.SaysAsync(callback);
        return story.Asha.Sid;
    }

    private async Task<string?> ResetAsync()
    {
        // A minute later, so that the next verdict is newer.
        story.Portal.Clock.Advance(TimeSpan.FromMinutes(1));
        (await story.Asha.ResetKycAsync()).Expect(200);
        return story.Asha.Sid;
    }

    private async Task<string?> DecideAsync()
    {
        var session = (await story.Verification.SessionAsync()).Sid;
        return await story.AdminAsync(
            "/admin/kyc-decide",
            new
            {
                session_sid = session,
                approve = false,
                reason = "another person",
            },
            story.Asha.Sid
        );
    }
}
