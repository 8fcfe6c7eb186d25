using System.Net;
using HeroOnboarding.Store;
using HeroOnboarding.Web;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Accounts.Mycelium;

/// <summary>Who asks for a code, from where, and what for.</summary>
/// <param name="BrowserHash">Of the cookie that the right answer must come with.</param>
/// <param name="SessionHash">For link and prove.</param>
/// <param name="Back">A local path.</param>
/// <param name="ClientHash">SHA-256 of <see cref="Http.ClientKey"/>.</param>
/// <param name="Mark">Of the browser, where it has one.</param>
public sealed record ChallengeRequest(
    ChallengePurpose Purpose,
    string BrowserHash,
    string? SessionHash,
    string? Device,
    string Back,
    string ClientHash,
    KnownBrowser.Mark? Mark
)
{
    /// <summary>What a request says about its browser; sets the cookie that binds the code to it.</summary>
    internal static ChallengeRequest Of(
        HttpContext http,
        KnownBrowser known,
        ChallengePurpose purpose,
        string? sessionHash,
        string back
    ) =>
        new(
            purpose,
            Secrets.Hash(ChallengeCookie.Ensure(http)),
            sessionHash,
            http.Request.Headers.UserAgent,
            back,
            Secrets.Hash(http.ClientKey()),
            known.Of(http)
        );
}

/// <summary>
/// Sends a code to the node behind an address. Whoever brings it back reads that node's messages, which is the proof:
/// the keys of Mycelium cannot sign.
/// The row is committed before the message goes out; a message that got lost is asked for again.
/// </summary>
public sealed class StartChallenge(
    UnitOfWorkRunner writer,
    Database database,
    MyceliumDaemon daemon,
    MyceliumOptions mycelium,
    PortalOptions portal,
    IsMachineAddress isMachine
)
{
    public const string Topic = "hero/login/v1";

    /// <summary>
    /// Messages to one address that browsers ask for which the address does not know, all together; and the same again
    /// for each browser in which the address was proven before: nobody's inbox is flooded.
    /// </summary>
    internal const int MostPerMinute = 3,
        MostPerHour = 20;

    /// <summary>
    /// Messages to one address that one client asks for, counted before those of all clients: one client alone cannot
    /// use up an address.
    /// </summary>
    internal const int MostPerHourOfOneClient = 5;

    /// <summary>
    /// Refused: <c>mycelium.off</c>, <c>mycelium.address</c>, <c>mycelium.unknown</c>, <c>mycelium.pool_machine</c>,
    /// <c>rate.limited</c>,
    /// <c>mycelium.unreachable</c> (then the code that was made is never accepted by anybody, since nobody has read
    /// it).
    /// </summary>
    public async Task<Outcome<LoginChallenge>> RunAsync(
        Actor actor,
        string? typed,
        ChallengeRequest asking,
        CancellationToken cancel = default
    )
    {
        if (!mycelium.IsOn)
            return MyceliumRefusals.MyceliumOff;
        if (MyceliumAddress.Read(typed) is not { } address)
            return MyceliumRefusals.MyceliumAddressInvalid;
        try
        {
            if (await daemon.PublicKeyAsync(address, cancel) is not { } key)
                return MyceliumRefusals.MyceliumUnknown;
            var mine = MyceliumAddress.Of(key);
            // A daemon that names somebody else's key would sign strangers in.
            if (!MyceliumAddress.IsSameNode(mine, address))
                return MyceliumRefusals.MyceliumUnknown;
            await using (var db = database.Read())
                if (await isMachine(db, mine))
                    return MyceliumRefusals.MyceliumPoolMachine;
            var code = LoginCode.New();
            var opened = await OpenAsync(actor, mine, code, asking, cancel);
            if (opened.IsRefused)
                return opened;
            var id = await daemon.SendAsync(
                key,
                Topic,
                LoginCode.Message(code, portal.PublicBaseUrl, Device.Of(asking.Device), opened.Value.ExpiresAt),
                cancel
            );
            return await SentAsync(actor, opened.Value, id, cancel);
        }
        catch (MyceliumDownException)
        {
            return MyceliumRefusals.MyceliumUnreachable;
        }
    }

    private Task<Outcome<LoginChallenge>> OpenAsync(
        Actor actor,
        IPAddress address,
        byte[] code,
        ChallengeRequest asking,
        CancellationToken cancel
    ) =>
        writer.RunAsync<LoginChallenge>(
            "challenge.start",
            actor,
            async unit =>
            {
                var text = address.ToString();
                await unit.Database.LockAsync(unit.Db, "challenge:" + text);
                var known = KnownHash(asking, text);
                if (await IsTooOftenAsync(unit, text, asking.ClientHash, known) is { } wait)
                    return Refusals.RateLimited with { RetryAfter = wait };
                var row = new LoginChallenge
                {
                    Sid = unit.NewSid(),
                    Address = text,
                    CodeHash = LoginCode.Hash(code),
                    BrowserHash = asking.BrowserHash,
                    ClientHash = asking.ClientHash,
                    KnownHash = known,
                    Purpose = asking.Purpose,
                    SessionHash = asking.SessionHash,
                    Back = asking.Back,
                    CreatedAt = unit.Now,
                    ExpiresAt = unit.Now + LoginChallenge.Life,
                };
                unit.Db.LoginChallenges.Add(row);
                unit.Note(
                    actor.Kind == "customer" ? actor.Id : null,
                    new
                    {
                        challenge = row.Sid,
                        address = text,
                        purpose = Names.Of(asking.Purpose),
                    }
                );
                return row;
            },
            cancel
        );

    /// <summary>
    /// A session of the account asks for its own address as a browser that is known: nobody else has the session.
    /// </summary>
    private static string? KnownHash(ChallengeRequest asking, string address) =>
        asking.Purpose == ChallengePurpose.Prove ? asking.SessionHash : asking.Mark?.HashFor(address);

    /// <returns>How long to wait; null for a code that may go out.</returns>
    private static async Task<TimeSpan?> IsTooOftenAsync(Unit unit, string address, string client, string? known)
    {
        var hour = unit.Now - TimeSpan.FromHours(1);
        var sent = unit.Db.LoginChallenges.Where(c => c.Address == address && c.CreatedAt > hour);
        if (known is not null)
            return await WaitAsync(sent.Where(c => c.KnownHash == known), MostPerHour, unit.Now);
        var strangers = sent.Where(c => c.KnownHash == null);
        return await WaitAsync(strangers.Where(c => c.ClientHash == client), MostPerHourOfOneClient, unit.Now)
            ?? await WaitAsync(strangers, MostPerHour, unit.Now);
    }

    private static async Task<TimeSpan?> WaitAsync(IQueryable<LoginChallenge> sent, int mostPerHour, DateTimeOffset now)
    {
        var (minute, hour) = (now - TimeSpan.FromMinutes(1), now - TimeSpan.FromHours(1));
        var times = await sent.OrderByDescending(c => c.CreatedAt)
            .Select(c => c.CreatedAt)
            .Take(mostPerHour)
            .ToListAsync();
        if (times.Count >= mostPerHour)
            return times[mostPerHour - 1] - hour;
        return times.Count >= MostPerMinute && times[MostPerMinute - 1] > minute
            ? times[MostPerMinute - 1] - minute
            : null;
    }

    private Task<Outcome<LoginChallenge>> SentAsync(
        Actor actor,
        LoginChallenge row,
        string messageId,
        CancellationToken cancel
    ) =>
        writer.RunAsync<LoginChallenge>(
            "challenge.sent",
            actor,
            async unit =>
            {
                await unit
                    .Db.LoginChallenges.Where(c => c.Sid == row.Sid)
                    .ExecuteUpdateAsync(set => set.SetProperty(c => c.MessageId, messageId));
                row.MessageId = messageId;
                return row;
            },
            cancel
        );
}
