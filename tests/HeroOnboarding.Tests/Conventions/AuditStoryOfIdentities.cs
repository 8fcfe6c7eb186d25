using HeroOnboarding.Accounts;
using HeroOnboarding.Accounts.Mycelium;
using HeroOnboarding.Store;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace HeroOnboarding.Tests.Conventions;

/// <summary>A second way in: asked for, proven, linked, shown again, taken off.</summary>
internal sealed partial class AuditStory
{
    private const string Cookie = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOP2";
    private LoginChallenge challenge = null!;
    private string session = "",
        wish = "";

    private IReadOnlyList<(string Act, string Actor, Func<Task<string?>> Tell)> Identities =>
        [
            (
                "identity.link_start",
                "customer",
                async () =>
                {
                    await Portal.ReadAsync(async d =>
                        session = await d
                            .Sessions.Where(s => s.AccountSid == asha.Sid)
                            .OrderByDescending(s => s.CreatedAt)
                            .Select(s => s.IdHash)
                            .FirstAsync()
                    );
                    wish = Right(
                        await Service<LinkIdentity>()
                            .StartAsync(Store.Actor.Customer(asha.Sid), asha.Sid, session, Ways.Mycelium)
                    );
                    return asha.Sid;
                }
            ),
            ("challenge.start", "customer", () => AskForCodeAsync(ChallengePurpose.Link)),
            ("challenge.try", "anonymous", TryCodeAsync),
            (
                "challenge.spend",
                "identity",
                async () =>
                {
                    Right(await Service<AnswerChallenge>().SpendAsync(challenge));
                    return null;
                }
            ),
            (
                "identity.link",
                "customer",
                async () =>
                {
                    var offer = new LinkIdentity.Offer(new MyceliumIdentity(challenge.Address), session, wish, 0);
                    Right(await Service<LinkIdentity>().RunAsync(Store.Actor.Customer(asha.Sid), asha.Sid, offer));
                    return asha.Sid;
                }
            ),
            ("challenge.start", "customer", () => AskForCodeAsync(ChallengePurpose.Prove)),
            ("challenge.try", "anonymous", TryCodeAsync),
            (
                "identity.prove",
                "identity",
                async () =>
                {
                    Right(await Service<Proof>().RunAsync(new MyceliumIdentity(challenge.Address), session, challenge));
                    return asha.Sid;
                }
            ),
            (
                "identity.unlink",
                "customer",
                async () =>
                {
                    Right(
                        await Service<UnlinkIdentity>()
                            .RunAsync(Store.Actor.Customer(asha.Sid), asha.Sid, session, Ways.Mycelium)
                    );
                    return asha.Sid;
                }
            ),
        ];

    private async Task<string?> AskForCodeAsync(ChallengePurpose purpose)
    {
        var asking = new ChallengeRequest(
            purpose,
            Secrets.Hash(Cookie),
            session,
            "Firefox/150.0",
            "/account",
            Secrets.Hash("a client"),
            null
        );
        challenge = Right(
            await Service<StartChallenge>().RunAsync(Store.Actor.Customer(asha.Sid), net.Node("asha").IpAddress, asking)
        );
        return asha.Sid;
    }

    private async Task<string?> TryCodeAsync()
    {
        challenge = Right(
            await Service<AnswerChallenge>().TryAsync(challenge.Sid, net.Node("asha").Inbox[^1].Text, Cookie)
        );
        return null;
    }

    private T Service<T>()
        where T : notnull => Portal.Services.GetRequiredService<T>();

    private static T Right<T>(Outcome<T> outcome)
    {
        Assert.False(outcome.IsRefused, outcome.IsRefused ? outcome.Refusal.Code : "");
        return outcome.Value;
    }
}
