using System.Text.Json;
using HeroOnboarding.Store;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Accounts;

/// <summary>An event of an account, in words for its customer.</summary>
/// <param name="Detail">For a sign-in or a change of identities: the way, the identity, the
/// device; otherwise null.</param>
public sealed record HistoryLine(string Sid, DateTimeOffset At, string What, string Who, string? Detail = null);

/// <summary>The audit rows about a customer, for that customer: what and when, without the operators' notes.</summary>
public sealed class ReadHistory(Database database)
{
    public const int PageSize = 50;

    /// <summary>The acts of sign-in and of changes to it.</summary>
    private static readonly string[] IdentityActs =
    [
        "account.sign_in",
        "session.end",
        "session.end_all",
        "identity.link_start",
        "identity.link",
        "identity.unlink",
        "identity.prove",
        "account.suspend",
        "account.unsuspend",
    ];

    /// <param name="identityOnly">Sign-ins and changes of identities only.</param>
    /// <param name="after">The sid of the last line of the page before; any text that is not a sid starts with
    /// the newest line.</param>
    public async Task<PageOf<HistoryLine>> RunAsync(
        string accountSid,
        string? after,
        bool identityOnly = false,
        CancellationToken cancel = default
    )
    {
        await using var db = database.Read();
        var rows = db.Audit.Where(r => r.Subject == accountSid);
        if (identityOnly)
            rows = rows.Where(r => IdentityActs.Contains(r.Act));
        if (Names.IsSid(after))
            rows = rows.Where(r => string.Compare(r.Sid, after) < 0);
        var page = (await rows.OrderByDescending(r => r.Sid).Take(PageSize + 1).ToListAsync(cancel)).ToPage(
            PageSize,
            r => r.Sid
        );
        return new(
            [
                .. page.Rows.Select(r => new HistoryLine(
                    r.Sid,
                    r.At,
                    Words(r.Act),
                    Who(r.ActorKind),
                    IdentityActs.Contains(r.Act) ? DetailOf(r.Detail) : null
                )),
            ],
            page.Next
        );
    }

    /// <summary>
    /// A text such as "Forge, asha… · Firefox on Linux", from the members of an audit row that customers may see.
    /// </summary>
    private static string? DetailOf(string? json)
    {
        if (json is null)
            return null;
        using var document = JsonDocument.Parse(json);
        string? Member(string name) =>
            document.RootElement.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String
                ? value.GetString()
                : null;
        var way = Member("way") switch
        {
            Ways.Forge => "Forge",
            Ways.Mycelium => "Mycelium",
            _ => null,
        };
        var parts = new[] { way, Member("identity")?.Split(':', 2)[^1], Member("device") }
            .Where(p => p is not null)
            .ToList();
        return parts.Count == 0 ? null : string.Join(" · ", parts);
    }

    private static string Words(string act) =>
        act switch
        {
            "account.sign_in" => "Signed in",
            "session.end" => "Signed out",
            "session.end_all" => "Signed out everywhere",
            "identity.link_start" => "Linking an identity begun",
            "identity.link" => "Identity linked",
            "identity.unlink" => "Identity unlinked",
            "identity.prove" => "Shown again who you are",
            "challenge.start" => "Code for a Mycelium address asked for",
            "challenge.sent" => "Code sent to a Mycelium node",
            "kyc.verify" => "Identity verified",
            "kyc.unverify" => "Verification taken back",
            "kyc.start" => "Identity check started",
            "kyc.link" => "Identity check opened",
            "kyc.start_failed" => "Identity check could not be opened",
            "kyc.verdict" => "Result of the identity check received",
            "kyc.decide" => "Identity check decided",
            "kyc.reset" => "Identity check started over",
            "user.view" => "Account looked at",
            "account.suspend" => "Account suspended",
            "account.unsuspend" => "Suspension lifted",
            "credit.adjust" => "Credit changed",
            "plan.buy" => "Plan bought",
            "plan.choose" => "Plan chosen",
            "plan.withdraw" => "Chosen plan forgotten",
            "plan.renew" => "Plan renewed",
            "plan.renew_refused" => "Plan could not renew by itself",
            "plan.auto_renew" => "Automatic renewal changed",
            "plan.upgrade" => "Plan upgraded",
            "plan.cancel" => "Plan cancelled",
            "plan.remind" => "Reminder of the plan's end",
            "plan.notice_shown" => "Reminder of the plan's end shown",
            "vm.expire" => "Machine released after its end",
            "vm.allocate" => "Machine taken",
            "vm.release" => "Machine given back",
            _ => act.Replace('.', ' ').Replace('_', ' '),
        };

    private static string Who(string actorKind) =>
        actorKind switch
        {
            "customer" or "identity" => "you",
            "operator" or "machine" => "the operator",
            _ => "this site",
        };
}
