using HeroOnboarding.Accounts.Mycelium;
using HeroOnboarding.Store;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Accounts;

/// <summary>
/// A fresh proof of identity, required for actions that a borrowed or stolen session must not do. A session counts as
/// proven for ten minutes after its sign-in or after the last proof in it.
/// </summary>
public sealed class Proof(UnitOfWorkRunner writer)
{
    /// <summary>How long a proof is fresh.</summary>
    public static readonly TimeSpan Life = TimeSpan.FromMinutes(10);

    public static bool IsFresh(Session session, DateTimeOffset now) =>
        !Instants.Expired((session.ProvenAt ?? session.CreatedAt) + Life, now);

    /// <summary>
    /// True when the Forge authenticated the user recently. Forge redirects a signed-in user back directly; only
    /// <c>auth_time</c> tells when the user last authenticated there (OpenID Connect Core, section 2).
    /// </summary>
    /// <param name="authTime">Unix seconds, as in the token.</param>
    public static bool IsFresh(string? authTime, DateTimeOffset now) =>
        long.TryParse(
            authTime,
            System.Globalization.NumberStyles.None,
            System.Globalization.CultureInfo.InvariantCulture,
            out var seconds
        )
        && seconds < 253_402_300_800
        && !Instants.Expired(DateTimeOffset.FromUnixTimeSeconds(seconds) + Life, now)
        && DateTimeOffset.FromUnixTimeSeconds(seconds) < now + Life;

    /// <summary>
    /// Records a proof in the session that requested it. Refused: <c>signin.failed</c> when the session has
    /// ended, <c>proof.another</c>, <c>challenge.failed</c>.
    /// </summary>
    /// <param name="challenge">Used up in the same commit; null for a proof by Forge.</param>
    internal Task<Outcome<string>> RunAsync(
        Identity identity,
        string sessionHash,
        LoginChallenge? challenge,
        CancellationToken cancel = default
    ) =>
        writer.RunAsync<string>(
            "identity.prove",
            SignIn.Who(identity),
            async unit =>
            {
                if (challenge is not null && !await AnswerChallenge.UseAsync(unit, challenge))
                    return MyceliumRefusals.ChallengeFailed;
                var session = await unit.Db.Sessions.SingleOrDefaultAsync(s =>
                    s.IdHash == sessionHash && s.Kind == SessionKind.Customer
                );
                if (session?.AccountSid is not { } sid)
                    return AccountRefusals.SignInFailed;
                if (!SignIn.IsOf(identity, await unit.Db.Accounts.AsNoTracking().SingleAsync(a => a.Sid == sid)))
                    return AccountRefusals.ProofOfAnother;
                session.ProvenAt = unit.Now;
                unit.Note(sid, new { way = identity.Way, device = Device.Of(session.Device) });
                return sid;
            },
            cancel
        );
}
