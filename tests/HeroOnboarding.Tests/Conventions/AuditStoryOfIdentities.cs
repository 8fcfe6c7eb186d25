using HeroOnboarding.Accounts;
using HeroOnboarding.Accounts.Mycelium;
using HeroOnboarding.Store;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Tests.Conventions;

/// <summary>A second identity is asked for, proven, linked, proven again and unlinked.</summary>
internal sealed class AuditStoryOfIdentities(AuditStory story)
{
    private const string Cookie = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOP2";
    private LoginChallenge challenge = null!;
    private string session = "",
        wish = "";

    public IReadOnlyList<AuditChapter> Chapters =>
        [
            new("identity.link_start", "customer", StartLinkAsync),
            new("challenge.start", "customer", () => AskForCodeAsync(ChallengePurpose.Link)),
            new("challenge.try", "anonymous", TryCodeAsync),
            new("challenge.spend", "identity", SpendAsync),
            new("identity.link", "customer", LinkAsync),
            new("challenge.start", "customer", () => AskForCodeAsync(ChallengePurpose.Prove)),
            new("challenge.try", "anonymous", TryCodeAsync),
            new("identity.prove", "identity", ProveAsync),
            new("identity.unlink", "customer", UnlinkAsync),
        ];

    private Actor Customer => Actor.Customer(story.Asha.Sid);

    private async Task<string?> StartLinkAsync()
    {
        session = await story.Portal.ReadAsync(d =>
            d.Sessions.Where(s => s.AccountSid == story.Asha.Sid)
                .OrderByDescending(s => s.CreatedAt)
                .Select(s => s.IdHash)
                .FirstAsync()
        );
        wish = AuditStory.Accepted(
            await story.Service<LinkIdentity>().StartAsync(Customer, story.Asha.Sid, session, Ways.Mycelium)
        );
        return story.Asha.Sid;
    }

    private async Task<string?> AskForCodeAsync(ChallengePurpose purpose)
    {
        var request = new ChallengeRequest(
            purpose,
            Secrets.Hash(Cookie),
            session,
            "Firefox/150.0",
            "/account",
            Secrets.Hash("a client"),
            null
        );
        challenge = AuditStory.Accepted(
            await story.Service<StartChallenge>().RunAsync(Customer, story.Mycelium.Node("asha").IpAddress, request)
        );
        return story.Asha.Sid;
    }

    private async Task<string?> TryCodeAsync()
    {
        var code = story.Mycelium.Node("asha").Inbox[^1].Text;
        challenge = AuditStory.Accepted(await story.Service<AnswerChallenge>().TryAsync(challenge.Sid, code, Cookie));
        return null;
    }

    private async Task<string?> SpendAsync()
    {
        AuditStory.Accepted(await story.Service<AnswerChallenge>().SpendAsync(challenge));
        return null;
    }

    private async Task<string?> LinkAsync()
    {
        var offer = new LinkIdentity.Offer(new MyceliumIdentity(challenge.Address), session, wish, 0);
        AuditStory.Accepted(await story.Service<LinkIdentity>().RunAsync(Customer, story.Asha.Sid, offer));
        return story.Asha.Sid;
    }

    private async Task<string?> ProveAsync()
    {
        AuditStory.Accepted(
            await story.Service<Proof>().RunAsync(new MyceliumIdentity(challenge.Address), session, challenge)
        );
        return story.Asha.Sid;
    }

    private async Task<string?> UnlinkAsync()
    {
        AuditStory.Accepted(
            await story.Service<UnlinkIdentity>().RunAsync(Customer, story.Asha.Sid, session, Ways.Mycelium)
        );
        return story.Asha.Sid;
    }
}
