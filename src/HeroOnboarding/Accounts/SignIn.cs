using HeroOnboarding.Pool;
using HeroOnboarding.Store;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Accounts;

/// <summary>A proven identity: issuer and subject name the person; the login is only for show, since it can be renamed.</summary>
public sealed record ForgeIdentity(string Issuer, string Id, string? Login, string? Email);

/// <summary>Every way in ends here: the account of a proven identity, made at the first time, and a new session.</summary>
public sealed class SignIn(Writer writer)
{
    /// <summary>The account, and the secret for the cookie.</summary>
    public sealed record Answer(string AccountSid, string Token, bool IsNew);

    public async Task<Answer> RunAsync(ForgeIdentity identity, string? device, string? endToken = null, CancellationToken cancel = default)
    {
        var issuer = identity.Issuer.TrimEnd('/');
        var login = identity.Login is null ? null : Clean(identity.Login, 80);
        var outcome = await writer.RunAsync<Answer>("account.sign_in", new Actor("identity", $"forge:{identity.Id}"), async unit =>
        {
            var created = await unit.Db.Database.ExecuteSqlRawAsync(
                """
                INSERT INTO accounts (sid, forge_issuer, forge_id, forge_login, email, kyc_status, balance, created_at, last_sign_in_at)
                VALUES ({0}, {1}, {2}, {3}, {4}, 'pending', 0, {5}, {5}) ON CONFLICT (forge_issuer, forge_id) WHERE forge_id IS NOT NULL DO NOTHING
                """,
                [unit.NewSid(), issuer, identity.Id, login!, null!, Instants.ToMicros(unit.Now)]);
            var account = await unit.Db.Accounts.SingleAsync(a => a.ForgeIssuer == issuer && a.ForgeId == identity.Id);
            (account.ForgeLogin, account.Email, account.LastSignInAt) = (login ?? account.ForgeLogin, Clean(identity.Email, 254) ?? account.Email, unit.Now);
            if (endToken is not null)
            {
                var old = Sessions.Hash(endToken);
                await unit.Db.Sessions.Where(s => s.IdHash == old && s.Kind == SessionKind.Customer).ExecuteDeleteAsync();
            }
            var token = Sessions.Start(unit, SessionKind.Customer, account.Sid, null, device);
            unit.Note(account.Sid, new { way = "forge", is_new = created == 1 });
            return new Answer(account.Sid, token, created == 1);
        }, cancel);
        return outcome.Value;
    }

    /// <summary>Names come from elsewhere: control and bidirectional characters are removed, the length is bounded.</summary>
    private static string? Clean(string? text, int most)
    {
        text = text is null ? null : PoolJson.Untroubled(text).Trim();
        return string.IsNullOrEmpty(text) ? null : Names.Cut(text, most);
    }
}
