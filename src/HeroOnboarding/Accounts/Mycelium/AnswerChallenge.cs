using System.Net;
using System.Security.Cryptography;
using System.Text;
using HeroOnboarding.Store;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Accounts.Mycelium;

/// <summary>
/// Checks a code. The attempt is counted in a commit of its own, so that wrong codes count; the code is used up in the
/// commit of its purpose. A code that is wrong, expired, used, unknown or from another browser gets the same refusal.
/// </summary>
public sealed class AnswerChallenge(
    UnitOfWorkRunner writer,
    TimeProvider clock,
    Database database,
    IsMachineAddress isMachine
)
{
    /// <summary>The challenge of this browser, for display; null for any other.</summary>
    public async Task<LoginChallenge?> FindAsync(string? sid, string? cookie, CancellationToken cancel)
    {
        if (!Names.IsSid(sid) || cookie is null)
            return null;
        var (wanted, browser) = (sid!.ToUpperInvariant(), Secrets.Hash(cookie));
        await using var db = database.Read();
        return await db.LoginChallenges.SingleOrDefaultAsync(c => c.Sid == wanted && c.BrowserHash == browser, cancel);
    }

    /// <summary>Counts the attempt. Returns the challenge when the code is right; it is not used up yet.</summary>
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
        // A machine with this address may have been listed after the code was sent.
        await using var db = database.Read();
        return await isMachine(db, IPAddress.Parse(seen.Address)) ? MyceliumRefusals.MyceliumPoolMachine : seen;
    }

    private static bool IsRight(LoginChallenge challenge, byte[] code) =>
        CryptographicOperations.FixedTimeEquals(
            Encoding.ASCII.GetBytes(LoginCode.Hash(code)),
            Encoding.ASCII.GetBytes(challenge.CodeHash)
        );

    /// <summary>
    /// Uses the code up inside the unit of its purpose. False when a concurrent request has used it, or it
    /// has just expired.
    /// </summary>
    internal static async Task<bool> UseAsync(Unit unit, LoginChallenge challenge)
    {
        DateTimeOffset? now = unit.Now;
        return await unit
                .Db.LoginChallenges.Where(c => c.Sid == challenge.Sid && c.UsedAt == null && c.ExpiresAt >= unit.Now)
                .ExecuteUpdateAsync(set => set.SetProperty(c => c.UsedAt, now)) == 1;
    }

    /// <summary>Starts a session for the proven address.</summary>
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

    /// <summary>Uses the code up before a decision of the customer: to switch accounts, or to link.</summary>
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
