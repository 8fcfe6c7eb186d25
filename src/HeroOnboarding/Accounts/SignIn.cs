using HeroOnboarding.Store;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Accounts;

/// <summary>
/// The last step of every sign-in: finds or creates the account of a proven identity and starts a session.
/// </summary>
public sealed class SignIn(UnitOfWorkRunner writer)
{
    /// <summary>The account, and the secret for the cookie.</summary>
    public sealed record Answer(string AccountSid, string Token, bool IsNew);

    /// <param name="endToken">The cookie of the session that the new one replaces.</param>
    public async Task<Answer> RunAsync(
        Identity identity,
        string? device,
        string? endToken = null,
        CancellationToken cancel = default
    )
    {
        var outcome = await writer.RunAsync<Answer>(
            "account.sign_in",
            Who(identity),
            async unit => await InUnitAsync(unit, identity, device, endToken),
            cancel
        );
        return outcome.Value;
    }

    /// <summary>
    /// Signs in over another account after the customer confirmed. It ends exactly this live session, so that one
    /// confirmation is valid once.
    /// </summary>
    internal Task<Outcome<Answer>> SwitchAsync(
        Identity identity,
        string? device,
        string sessionHash,
        CancellationToken cancel
    ) =>
        writer.RunAsync<Answer>(
            "account.sign_in",
            Who(identity),
            async unit =>
            {
                var before = await unit
                    .Db.Sessions.Where(s => s.IdHash == sessionHash && s.Kind == SessionKind.Customer)
                    .Select(s => s.AccountSid)
                    .SingleOrDefaultAsync();
                if (await EndAsync(unit, sessionHash) != 1)
                    return AccountRefusals.SignInFailed;
                return await OpenAsync(unit, identity, device, before);
            },
            cancel
        );

    /// <summary>Signs in as part of a unit that uses up the proof.</summary>
    internal static async Task<Answer> InUnitAsync(Unit unit, Identity identity, string? device, string? endToken)
    {
        if (endToken is not null)
            await EndAsync(unit, Secrets.Hash(endToken));
        return await OpenAsync(unit, identity, device, null);
    }

    /// <summary>The account of an identity; null if there is none.</summary>
    internal static Task<Account?> FindAsync(OnboardingDb db, Identity identity, CancellationToken cancel = default) =>
        OwnedBy(db, identity).SingleOrDefaultAsync(cancel);

    internal static IQueryable<Account> OwnedBy(OnboardingDb db, Identity identity) =>
        identity switch
        {
            ForgeIdentity f => db.Accounts.Where(a => a.ForgeIssuer == f.Issuer.TrimEnd('/') && a.ForgeId == f.Id),
            MyceliumIdentity m => db.Accounts.Where(a => a.MyceliumAddress == m.Address),
            _ => throw new InvalidOperationException("Unknown way: " + identity.Way),
        };

    /// <summary>True when this identity opens this account.</summary>
    internal static bool IsOf(Identity identity, Account account) =>
        identity switch
        {
            ForgeIdentity f => account.ForgeIssuer == f.Issuer.TrimEnd('/') && account.ForgeId == f.Id,
            MyceliumIdentity m => account.MyceliumAddress == m.Address,
            _ => false,
        };

    internal static Actor Who(Identity identity) => new("identity", identity.Key);

    private static Task<int> EndAsync(Unit unit, string sessionHash) =>
        unit.Db.Sessions.Where(s => s.IdHash == sessionHash && s.Kind == SessionKind.Customer).ExecuteDeleteAsync();

    private static async Task<Answer> OpenAsync(Unit unit, Identity identity, string? device, string? insteadOf)
    {
        var (account, created) = await HoldAsync(unit, identity);
        if (identity is ForgeIdentity forge)
            Follow(account, forge);
        account.LastSignInAt = unit.Now;
        var token = Sessions.Start(unit, SessionKind.Customer, account.Sid, null, device, identity.Way);
        unit.Note(
            account.Sid,
            new
            {
                way = identity.Way,
                is_new = created,
                instead_of = insteadOf,
                device = Device.Of(device),
            }
        );
        return new Answer(account.Sid, token, created);
    }

    /// <summary>
    /// Updates the account from the Forge. Values that the Forge omits stay. An address and its
    /// verification change together.
    /// </summary>
    private static void Follow(Account account, ForgeIdentity forge)
    {
        account.ForgeLogin = Clean(forge.Login, 80) ?? account.ForgeLogin;
        if (Clean(forge.Email, 254) is { } email)
            (account.Email, account.EmailVerified) = (email, forge.EmailVerified);
    }

    /// <summary>
    /// Locks the account of the identity, and creates it if there is none. A concurrent unlink ends the sessions of the
    /// identity, which then opens an account of its own.
    /// </summary>
    private static async Task<(Account Account, bool IsNew)> HoldAsync(Unit unit, Identity identity)
    {
        for (var tries = 0; tries < 3; tries++)
        {
            var created = await AddAsync(unit, identity) == 1;
            if (
                await OwnedBy(unit.Db, identity).Select(a => a.Sid).SingleOrDefaultAsync() is { } sid
                && await unit.LockAccountAsync(sid) is { } account
                && IsOf(identity, account)
            )
                return (account, created);
            unit.Db.ChangeTracker.Clear();
        }
        throw new InvalidOperationException($"The identity {identity.Key} changes its account all the time.");
    }

    private static Task<int> AddAsync(Unit unit, Identity identity)
    {
        var (sid, now) = (unit.NewSid(), Instants.ToMicros(unit.Now));
        return identity switch
        {
            ForgeIdentity f => unit.Db.Database.ExecuteSqlRawAsync(
                """
                INSERT INTO accounts (sid, forge_issuer, forge_id, kyc_status, balance, created_at, last_sign_in_at)
                VALUES ({0}, {1}, {2}, 'pending', 0, {3}, {3})
                ON CONFLICT (forge_issuer, forge_id) WHERE forge_id IS NOT NULL DO NOTHING
                """,
                sid,
                f.Issuer.TrimEnd('/'),
                f.Id,
                now
            ),
            MyceliumIdentity m => unit.Db.Database.ExecuteSqlRawAsync(
                """
                INSERT INTO accounts (sid, mycelium_address, kyc_status, balance, created_at, last_sign_in_at)
                VALUES ({0}, {1}, 'pending', 0, {2}, {2})
                ON CONFLICT (mycelium_address) WHERE mycelium_address IS NOT NULL DO NOTHING
                """,
                sid,
                m.Address,
                now
            ),
            _ => throw new InvalidOperationException("Unknown way: " + identity.Way),
        };
    }

    /// <summary>
    /// Cleans a name from another system: control and bidirectional characters are removed, the length is limited.
    /// </summary>
    internal static string? Clean(string? text, int most)
    {
        text = text is null ? null : SafeText.Clean(text).Trim();
        return string.IsNullOrEmpty(text) ? null : Names.Cut(text, most);
    }
}
