using HeroOnboarding.Store;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Accounts;

/// <summary>
/// Removes one of two identities of an account, and ends the other sessions that were opened with it.
/// </summary>
public sealed class UnlinkIdentity(UnitOfWorkRunner writer, TellIdentities tell)
{
    /// <summary>
    /// How long a newly added identity cannot remove an older one: time for its owner to notice a theft.
    /// </summary>
    public static readonly TimeSpan Probation = TimeSpan.FromHours(72);

    /// <summary>Until when the other identity cannot remove this one; null when it can.</summary>
    public static DateTimeOffset? BlockedUntil(Account account, string way, DateTimeOffset now)
    {
        var (mine, other) =
            way == Ways.Forge
                ? (account.ForgeLinkedAt, account.MyceliumLinkedAt)
                : (account.MyceliumLinkedAt, account.ForgeLinkedAt);
        return other is { } linked && (mine is null || mine < linked) && !Instants.Expired(linked + Probation, now)
            ? linked + Probation
            : null;
    }

    /// <summary>
    /// Refused: <c>identity.not_linked</c>, <c>identity.last</c>, <c>identity.too_new</c>, <c>proof.required</c>.
    /// </summary>
    public Task<Outcome<LinkIdentity.Linked>> RunAsync(
        Actor actor,
        string accountSid,
        string sessionHash,
        string way,
        CancellationToken cancel = default
    ) =>
        writer.RunAsync<LinkIdentity.Linked>(
            "identity.unlink",
            actor,
            async unit =>
            {
                var account = await unit.LockAccountAsync(accountSid);
                var session = await unit
                    .Db.Sessions.AsNoTracking()
                    .SingleOrDefaultAsync(s => s.IdHash == sessionHash && s.AccountSid == accountSid);
                if (account is null || session is null)
                    return AccountRefusals.SessionRequired;
                if (!LinkIdentity.Has(account, way))
                    return AccountRefusals.IdentityNotLinked;
                if (!LinkIdentity.Has(account, way == Ways.Forge ? Ways.Mycelium : Ways.Forge))
                    return AccountRefusals.IdentityLast;
                if (BlockedUntil(account, way, unit.Now) is { } until)
                    return AccountRefusals.IdentityTooNew with { Figures = new(At: until) };
                if (!Proof.IsFresh(session, unit.Now))
                    return AccountRefusals.ProofRequired;
                var gone = way == Ways.Forge ? "forge:" + account.ForgeId : "mycelium:" + account.MyceliumAddress;
                Forget(account, way);
                var ended = await unit
                    .Db.Sessions.Where(s => s.AccountSid == accountSid && s.Way == way && s.IdHash != sessionHash)
                    .ExecuteDeleteAsync();
                await tell(unit, account);
                unit.Note(
                    accountSid,
                    new
                    {
                        way,
                        identity = gone,
                        ended,
                    }
                );
                return new LinkIdentity.Linked(account.Sid, account.ForgeId, account.MyceliumAddress);
            },
            cancel
        );

    /// <summary>Removes all data of the identity. The e-mail address comes from the Forge only.</summary>
    private static void Forget(Account account, string way)
    {
        if (way == Ways.Mycelium)
        {
            (account.MyceliumAddress, account.MyceliumLinkedAt) = (null, null);
            return;
        }
        (account.ForgeIssuer, account.ForgeId, account.ForgeLogin, account.ForgeLinkedAt) = (null, null, null, null);
        (account.Email, account.EmailVerified) = (null, false);
    }
}
