using HeroOnboarding.Configuration;
using HeroOnboarding.Store;
using HeroOnboarding.Web;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Accounts;

/// <summary>The answer to the end of one session.</summary>
/// <param name="Session">The id of the session in the list.</param>
public sealed record SessionEnded(string Session);

/// <summary>
/// Server-side sessions: a new 256-bit id at every sign-in, of which only the hash is stored. Neither a stolen
/// database nor a fixated cookie opens a session. Customers: 12 h idle, 30 days at most. Operators: 30 minutes idle, 8
/// hours at most.
/// </summary>
public sealed class Sessions(Database database, UnitOfWorkRunner writer, TimeProvider clock, LastUse lastUse)
{
    /// <summary>The lifetime of a session of this kind: without use, and in total.</summary>
    public static (TimeSpan Idle, TimeSpan Most) Life(SessionKind kind) =>
        kind == SessionKind.Customer
            ? (TimeSpan.FromHours(12), TimeSpan.FromDays(30))
            : (TimeSpan.FromMinutes(30), TimeSpan.FromHours(8));

    /// <summary>
    /// The name of the cookie. A sibling site cannot set a cookie with the <c>__Host-</c> prefix, nor can a page
    /// over plain http.
    /// </summary>
    public static string CookieName(SessionKind kind) =>
        kind == SessionKind.Customer ? "__Host-hero" : "__Host-hero-operator";

    /// <summary>Adds a session to the unit that signs in.</summary>
    /// <param name="openedBy">The operator secret that opened it; the session ends when that
    /// secret is replaced.</param>
    /// <returns>The secret for the cookie; it is not stored.</returns>
    internal static string Start(
        Unit unit,
        SessionKind kind,
        string? accountSid,
        string? claimedName,
        string? device,
        string? way = null,
        string? operatorId = null,
        Secret? openedBy = null
    )
    {
        var token = Secrets.New();
        var hash = Secrets.Hash(token);
        unit.Db.Sessions.Add(
            new Session
            {
                IdHash = hash,
                SecretMark = openedBy?.Mark(hash),
                Kind = kind,
                AccountSid = accountSid,
                ClaimedName = claimedName,
                OperatorId = operatorId,
                CreatedAt = unit.Now,
                LastSeenAt = unit.Now,
                ExpiresAt = unit.Now + Life(kind).Most,
                Device = device is null ? null : Names.Cut(SafeText.Clean(device), 200),
                Way = way,
            }
        );
        return token;
    }

    /// <summary>
    /// The live session behind a cookie, with its account; null when it is unknown, idle too long or ended.
    /// </summary>
    public async Task<(Session Session, Account? Account)?> FindAsync(
        SessionKind kind,
        string? token,
        CancellationToken cancel
    )
    {
        if (token is not { Length: Secrets.Length })
            return null;
        var (hash, now) = (Secrets.Hash(token), clock.Now());
        var (row, owner) = (RowMapper<Session>.In(database), RowMapper<Account>.In(database));
        var (found, account) = await database.ReadAsync(
            $"SELECT {row.ColumnsOf("s")}, {owner.ColumnsOf("a")} FROM sessions s LEFT JOIN accounts a ON "
                + "a.sid = s.account_sid WHERE s.id_hash = $1 AND s.kind = $2",
            reader => (row.Read(reader), owner.ReadFrom(reader, row.Count)),
            hash,
            Names.Of(kind)
        );
        if (
            found is null
            || Instants.Expired(found.ExpiresAt, now)
            || Instants.Expired(found.LastSeenAt + Life(kind).Idle, now)
        )
            return null;
        lastUse.Note(
            "session.touch",
            hash,
            found.LastSeenAt,
            now,
            (unit, before) =>
                unit
                    .Db.Sessions.Where(s => s.IdHash == hash && s.LastSeenAt < before)
                    .ExecuteUpdateAsync(set => set.SetProperty(s => s.LastSeenAt, now))
        );
        return (found, account);
    }

    /// <summary>The live sessions of a customer.</summary>
    internal static IQueryable<Session> LiveOf(OnboardingDb db, string accountSid, DateTimeOffset now)
    {
        var seen = now - Life(SessionKind.Customer).Idle;
        return db.Sessions.Where(s => s.AccountSid == accountSid && s.ExpiresAt >= now && s.LastSeenAt >= seen);
    }

    /// <summary>Ends one session. Does nothing for an unknown one.</summary>
    public Task EndAsync(Actor actor, SessionKind kind, string? token) =>
        token is null
            ? Task.CompletedTask
            : writer.RunAsync(
                "session.end",
                actor,
                async unit =>
                {
                    var hash = Secrets.Hash(token);
                    unit.Note(
                        actor.Id,
                        new
                        {
                            ended = await unit
                                .Db.Sessions.Where(s => s.IdHash == hash && s.Kind == kind)
                                .ExecuteDeleteAsync(),
                        }
                    );
                }
            );

    /// <summary>
    /// Ends one session of a customer, named by its hash, which opens no session. Unknown sessions and those of other
    /// customers are refused with <c>not_found</c>.
    /// </summary>
    public Task<Outcome<SessionEnded>> EndOneAsync(
        Actor actor,
        string accountSid,
        string? hash,
        CancellationToken cancel = default
    ) =>
        writer.RunAsync<SessionEnded>(
            "session.end",
            actor,
            async unit =>
            {
                if (
                    await unit
                        .Db.Sessions.Where(s => s.IdHash == hash && s.AccountSid == accountSid)
                        .ExecuteDeleteAsync() != 1
                )
                    return Refusals.NotFound;
                unit.Note(accountSid, new { ended = 1 });
                return new SessionEnded(hash!);
            },
            cancel
        );

    /// <summary>Ends every session of a customer.</summary>
    public Task EndAllAsync(Actor actor, string accountSid) =>
        writer.RunAsync(
            "session.end_all",
            actor,
            async unit =>
                unit.Note(
                    accountSid,
                    new { ended = await unit.Db.Sessions.Where(s => s.AccountSid == accountSid).ExecuteDeleteAsync() }
                )
        );

    public void SetCookie(HttpContext http, SessionKind kind, string token) =>
        http.Response.Cookies.Append(
            CookieName(kind),
            token,
            SecretCookies.Of(kind == SessionKind.Customer ? Life(kind).Most : null)
        );

    public void ClearCookie(HttpContext http, SessionKind kind) =>
        http.Response.Cookies.Delete(CookieName(kind), SecretCookies.Of(null));
}
