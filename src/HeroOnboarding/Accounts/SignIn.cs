using HeroOnboarding.Pool;
using HeroOnboarding.Store;
using HeroOnboarding.Web;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Accounts;

/// <summary>A proven identity: issuer and subject name the person; the login is only for show, since it can be renamed.</summary>
public sealed record ForgeIdentity(string Issuer, string Id, string? Login, string? Email);

/// <summary>Every way in ends here: the account of a proven identity, made at the first time, and a new session.</summary>
public sealed class SignIn(Writer writer)
{
    /// <summary>The account, and the secret for the cookie.</summary>
    public sealed record Answer(string AccountSid, string Token, bool IsNew);

    /// <param name="endToken">The cookie that the new session replaces.</param>
    public async Task<Answer> RunAsync(ForgeIdentity identity, string? device, string? endToken = null, CancellationToken cancel = default)
    {
        var outcome = await writer.RunAsync<Answer>("account.sign_in", Who(identity), async unit =>
        {
            if (endToken is not null)
                await EndAsync(unit, Sessions.Hash(endToken));
            return await InUnitAsync(unit, identity, device, null);
        }, cancel);
        return outcome.Value;
    }

    /// <summary>Signs in over another account after the person said so: only in exchange for exactly this live session, so that one "yes" works once.</summary>
    internal Task<Outcome<Answer>> SwitchAsync(ForgeIdentity identity, string? device, string sessionHash, CancellationToken cancel) =>
        writer.RunAsync<Answer>("account.sign_in", Who(identity), async unit =>
        {
            var before = await unit.Db.Sessions.Where(s => s.IdHash == sessionHash && s.Kind == SessionKind.Customer).Select(s => s.AccountSid).SingleOrDefaultAsync();
            if (await EndAsync(unit, sessionHash) != 1)
                return Refusals.SignInFailed;
            return await InUnitAsync(unit, identity, device, before);
        }, cancel);

    /// <summary>The account of an identity, if it has one.</summary>
    internal static Task<Account?> FindAsync(OnboardingDb db, ForgeIdentity identity, CancellationToken cancel)
    {
        var issuer = identity.Issuer.TrimEnd('/');
        return db.Accounts.SingleOrDefaultAsync(a => a.ForgeIssuer == issuer && a.ForgeId == identity.Id, cancel);
    }

    private static Actor Who(ForgeIdentity identity) => new("identity", $"forge:{identity.Id}");

    private static Task<int> EndAsync(Unit unit, string sessionHash) =>
        unit.Db.Sessions.Where(s => s.IdHash == sessionHash && s.Kind == SessionKind.Customer).ExecuteDeleteAsync();

    private static async Task<Answer> InUnitAsync(Unit unit, ForgeIdentity identity, string? device, string? insteadOf)
    {
        var issuer = identity.Issuer.TrimEnd('/');
        var login = Clean(identity.Login, 80);
        var created = await unit.Db.Database.ExecuteSqlRawAsync(
            """
            INSERT INTO accounts (sid, forge_issuer, forge_id, forge_login, email, kyc_status, balance, created_at, last_sign_in_at)
            VALUES ({0}, {1}, {2}, {3}, {4}, 'pending', 0, {5}, {5}) ON CONFLICT (forge_issuer, forge_id) WHERE forge_id IS NOT NULL DO NOTHING
            """,
            [unit.NewSid(), issuer, identity.Id, login!, null!, Instants.ToMicros(unit.Now)]);
        var account = await unit.Db.Accounts.SingleAsync(a => a.ForgeIssuer == issuer && a.ForgeId == identity.Id);
        (account.ForgeLogin, account.Email, account.LastSignInAt) = (login ?? account.ForgeLogin, Clean(identity.Email, 254) ?? account.Email, unit.Now);
        var token = Sessions.Start(unit, SessionKind.Customer, account.Sid, null, device);
        unit.Note(account.Sid, new { way = "forge", is_new = created == 1, instead_of = insteadOf });
        return new Answer(account.Sid, token, created == 1);
    }

    /// <summary>Names come from elsewhere: control and bidirectional characters are removed, the length is bounded.</summary>
    internal static string? Clean(string? text, int most)
    {
        text = text is null ? null : PoolJson.Untroubled(text).Trim();
        return string.IsNullOrEmpty(text) ? null : Names.Cut(text, most);
    }
}
