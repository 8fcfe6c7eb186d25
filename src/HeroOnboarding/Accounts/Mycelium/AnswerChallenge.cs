using System.Net;
using System.Security.Cryptography;
using System.Text;
using HeroOnboarding.Store;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Accounts.Mycelium;

/// <summary>
/// Takes a code back. Counting the attempt is a commit of its own, so that wrong ones count; using the code up is in
/// the commit of what it is for.
/// Wrong, expired, used, unknown, from another browser: one answer.
/// </summary>
public sealed class AnswerChallenge(
    UnitOfWorkRunner writer,
    TimeProvider clock,
    Database database,
    IsMachineAddress isMachine
)
{
    /// <summary>The challenge of this browser, to show it; null for anything else.</summary>
    public async Task<LoginChallenge?> FindAsync(string? sid, string? cookie, CancellationToken cancel)
    {
        if (!Names.IsSid(sid) || cookie is null)
            return null;
        var (wanted, browser) = (sid!.ToUpperInvariant(), Secrets.Hash(cookie));
        await using var db = database.Read();
        return await db.LoginChallenges.SingleOrDefaultAsync(c => c.Sid == wanted && c.BrowserHash == browser, cancel);
    }

    /// <summary>Counts the attempt; the challenge when the code is right. It is not used up yet.</summary>
    public async Task<Outcome<LoginChallenge>> TryAsync(
        string? sid,
        string? entered,
        string? cookie,
        CancellationToken cancel = default
    )
    {
        if (
            await FindAsync(sid, cookie, cancel) is not { } seen
            || !seen.IsOpen(clock.Now())
            || LoginCode.Read(entered) is not { } code
        )
            return MyceliumRefusals.ChallengeFailed;
        var right = IsRight(seen, code);
        var counted = await writer.RunAsync<bool>(
            "challenge.try",
            new Actor("anonymous", "-"),
            async unit =>
            {
                unit.Note(
                    null,
                    new
                    {
                        challenge = seen.Sid,
                        seen.Address,
                        right,
                    }
                );
                var mine = await unit
                    .Db.LoginChallenges.Where(c =>
                        c.Sid == seen.Sid
                        && c.BrowserHash == seen.BrowserHash
                        && c.UsedAt == null
                        && c.Attempts < LoginChallenge.MostAttempts
                        && c.ExpiresAt >= unit.Now
                    )
                    .ExecuteUpdateAsync(set => set.SetProperty(c => c.Attempts, c => c.Attempts + 1));
                return mine == 1 ? right : MyceliumRefusals.ChallengeFailed;
            },
            cancel
        );
        if (counted.IsRefused || !counted.Value)
            return MyceliumRefusals.ChallengeFailed;
        // It may have been listed since the code went out.
        await using var db = database.Read();
        return await isMachine(db, IPAddress.Parse(seen.Address)) ? MyceliumRefusals.MyceliumPoolMachine : seen;
    }

    private static bool IsRight(LoginChallenge challenge, byte[] code) =>
        CryptographicOperations.FixedTimeEquals(
            Encoding.ASCII.GetBytes(LoginCode.Hash(code)),
            Encoding.ASCII.GetBytes(challenge.CodeHash)
        );

    /// <summary>
    /// Uses the code up inside the unit of what it is for; false when somebody was faster, or it has just expired.
    /// </summary>
    internal static async Task<bool> UseAsync(Unit unit, LoginChallenge challenge)
    {
        DateTimeOffset? now = unit.Now;
        return await unit
                .Db.LoginChallenges.Where(c => c.Sid == challenge.Sid && c.UsedAt == null && c.ExpiresAt >= unit.Now)
                .ExecuteUpdateAsync(set => set.SetProperty(c => c.UsedAt, now)) == 1;
    }

    /// <summary>A new session for the address that was proven.</summary>
    public Task<Outcome<SignIn.Answer>> SignInAsync(
        LoginChallenge challenge,
        string? device,
        string? endToken,
        CancellationToken cancel = default
    )
    {
        var identity = new MyceliumIdentity(challenge.Address);
        return writer.RunAsync<SignIn.Answer>(
            "account.sign_in",
            SignIn.Who(identity),
            async unit =>
                await UseAsync(unit, challenge)
                    ? await SignIn.InUnitAsync(unit, identity, device, endToken)
                    : MyceliumRefusals.ChallengeFailed,
            cancel
        );
    }

    /// <summary>
    /// Uses the code up for something that is decided later: the question before another account replaces this one, or
    /// before a link.
    /// </summary>
    public Task<Outcome<LoginChallenge>> SpendAsync(LoginChallenge challenge, CancellationToken cancel = default) =>
        writer.RunAsync<LoginChallenge>(
            "challenge.spend",
            SignIn.Who(new MyceliumIdentity(challenge.Address)),
            async unit =>
            {
                unit.Note(null, new { challenge = challenge.Sid });
                return await UseAsync(unit, challenge) ? challenge : MyceliumRefusals.ChallengeFailed;
            },
            cancel
        );
}
