using System.Security.Claims;
using System.Security.Cryptography;
using HeroOnboarding.Store;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Accounts;

/// <summary>
/// Adds a second identity to an account, in four steps: a pending request, stored in a freshly proven session and valid
/// once; a proof of the new identity; a page that names both identities; a confirmation. An attacker who tricks a
/// victim into proving an identity has no such session; an attacker with a session has no such proof.
/// </summary>
public sealed class LinkIdentity(
    UnitOfWorkRunner writer,
    Database database,
    IDataProtectionProvider protection,
    TellIdentities tell,
    TimeProvider clock
)
{
    /// <summary>The time between the request and the confirmation.</summary>
    internal static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);

    private readonly ProvenIdentities<Offer> waiting = new(
        protection,
        "HeroOnboarding.Accounts.LinkIdentity.v1",
        Patience,
        clock
    );

    /// <summary>A proven identity that waits for the customer's confirmation.</summary>
    /// <param name="Key">The key of the pending request.</param>
    public sealed record Offer(Identity Identity, string SessionHash, string Key, long Until)
        : ProvenIdentity(Identity, SessionHash, Until);

    /// <summary>The identities of an account after a change.</summary>
    public sealed record Linked(string UserSid, string? ForgeId, string? MyceliumAddress);

    /// <summary>Stores the pending request. Refused: <c>identity.linked</c>, <c>proof.required</c>.</summary>
    /// <returns>The key of the request.</returns>
    public Task<Outcome<string>> StartAsync(
        Actor actor,
        string accountSid,
        string sessionHash,
        string way,
        CancellationToken cancel = default
    ) =>
        writer.RunAsync<string>(
            "identity.link_start",
            actor,
            async unit =>
            {
                var account = await unit.LockAccountAsync(accountSid);
                var session = await unit.Db.Sessions.SingleOrDefaultAsync(s =>
                    s.IdHash == sessionHash && s.AccountSid == accountSid
                );
                if (account is null || session is null)
                    return AccountRefusals.SessionRequired;
                if (Has(account, way))
                    return AccountRefusals.IdentityLinked;
                if (!Proof.IsFresh(session, unit.Now))
                    return AccountRefusals.ProofRequired;
                (session.LinkKey, session.LinkUntil) = (
                    WebEncoders.Base64UrlEncode(RandomNumberGenerator.GetBytes(16)),
                    unit.Now + Patience
                );
                unit.Note(accountSid, new { way });
                return session.LinkKey;
            },
            cancel
        );

    /// <summary>The path of the page that names both identities and asks for confirmation.</summary>
    internal string PageFor(Identity identity, string sessionHash, string key)
    {
        var clean = identity is ForgeIdentity f
            ? f with
            {
                Login = SignIn.Clean(f.Login, 80),
                Email = null,
                EmailVerified = false,
            }
            : identity;
        var offer = new Offer(clean, sessionHash, key, waiting.Until);
        return QueryHelpers.AddQueryString("/account/link", "offer", waiting.Seal(offer));
    }

    /// <returns>Null for a text that the portal did not seal, that has expired, or that was sealed
    /// for another session.</returns>
    public Offer? Open(string? sealedOffer, ClaimsPrincipal user) => waiting.Open(sealedOffer, user);

    /// <summary>
    /// Links the identity, once per request. Refused: <c>signin.failed</c> (the request is gone),
    /// <c>identity.linked</c>, <c>identity.taken</c>. If two browsers link the same identity concurrently, a unique
    /// index lets one succeed.
    /// </summary>
    public async Task<Outcome<Linked>> RunAsync(
        Actor actor,
        string accountSid,
        Offer offer,
        CancellationToken cancel = default
    )
    {
        try
        {
            return await writer.RunAsync<Linked>(
                "identity.link",
                actor,
                unit => InUnitAsync(unit, accountSid, offer),
                cancel
            );
        }
        catch (Exception e) when (database.IsDuplicateKey(e))
        {
            return AccountRefusals.IdentityTaken;
        }
    }

    private async Task<Outcome<Linked>> InUnitAsync(Unit unit, string accountSid, Offer offer)
    {
        var account = await unit.LockAccountAsync(accountSid);
        string? none = null;
        var used = await unit
            .Db.Sessions.Where(s =>
                s.IdHash == offer.SessionHash
                && s.AccountSid == accountSid
                && s.LinkKey == offer.Key
                && s.LinkUntil >= unit.Now
            )
            .ExecuteUpdateAsync(set => set.SetProperty(s => s.LinkKey, none));
        if (account is null || used != 1)
            return AccountRefusals.SignInFailed;
        if (Has(account, offer.Identity.Way))
            return AccountRefusals.IdentityLinked;
        if (await SignIn.OwnedBy(unit.Db, offer.Identity).AnyAsync())
            return AccountRefusals.IdentityTaken;
        if (offer.Identity is ForgeIdentity f)
            (account.ForgeIssuer, account.ForgeId, account.ForgeLogin, account.ForgeLinkedAt) = (
                f.Issuer.TrimEnd('/'),
                f.Id,
                f.Login,
                unit.Now
            );
        else if (offer.Identity is MyceliumIdentity m)
            (account.MyceliumAddress, account.MyceliumLinkedAt) = (m.Address, unit.Now);
        await tell(unit, account);
        unit.Note(accountSid, new { way = offer.Identity.Way, identity = offer.Identity.Key });
        return new Linked(account.Sid, account.ForgeId, account.MyceliumAddress);
    }

    internal static bool Has(Account account, string way) =>
        (way == Ways.Forge ? account.ForgeId : account.MyceliumAddress) is not null;
}
