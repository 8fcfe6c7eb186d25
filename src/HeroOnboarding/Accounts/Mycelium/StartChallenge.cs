using System.Net;
using HeroOnboarding.Store;
using HeroOnboarding.Web;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Accounts.Mycelium;

/// <summary>A request for a code: the browser, the client and the purpose.</summary>
/// <param name="BrowserHash">Of the cookie that the answer must come with.</param>
/// <param name="SessionHash">For link and prove.</param>
/// <param name="Back">A local path.</param>
/// <param name="ClientHash">SHA-256 of <see cref="Http.ClientKey"/>.</param>
/// <param name="Mark">The known-browser cookie, if there is one.</param>
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
    /// <summary>Reads these values from a request; sets the cookie that binds the code to the browser.</summary>
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
/// Sends a code to the node behind an address. Entering the code proves that the customer reads that node's
/// messages; Mycelium keys cannot sign. The row is committed before the message is sent; if the message is lost, the
/// customer requests another.
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
    /// Limits of messages to one address: for all browsers together that have not proven it before, and for each
    /// browser that has. They keep an inbox from being flooded.
    /// </summary>
    internal const int MostPerMinute = 3,
        MostPerHour = 20;

    /// <summary>
    /// The limit of messages to one address for one client. It is checked before the limit of all clients, so that one
    /// client cannot use that up.
    /// </summary>
    internal const int MostPerHourOfOneClient = 5;

    /// <summary>
    /// Refused: <c>mycelium.off</c>, <c>mycelium.address</c>, <c>mycelium.unknown</c>,
    /// <c>mycelium.pool_machine</c>, <c>rate.limited</c>, <c>mycelium.unreachable</c> (the code is committed then
    /// but was never sent, so it cannot be entered).
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
            // A daemon that returned the key of another node would sign strangers in.
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

    /// <summary>For a proof the session stands for the known browser: only its owner has it.</summary>
    private static string? KnownHash(ChallengeRequest asking, string address) =>
        asking.Purpose == ChallengePurpose.Prove ? asking.SessionHash : asking.Mark?.HashFor(address);

    /// <returns>How long to wait; null when the code may be sent.</returns>
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
