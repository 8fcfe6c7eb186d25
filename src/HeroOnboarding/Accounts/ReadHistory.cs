using HeroOnboarding.Store;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Accounts;

/// <summary>Something that was done to an account, in plain words.</summary>
public sealed record HistoryLine(string Sid, DateTimeOffset At, string What, string Who);

/// <summary>What the audit says about a customer, for that customer: what and when, not the operators' notes.</summary>
public sealed class ReadHistory(Database database)
{
    public const int PageSize = 50;

    /// <param name="after">Go on after this line; anything that is no sid starts at the top.</param>
    public async Task<PageOf<HistoryLine>> RunAsync(string accountSid, string? after, CancellationToken cancel = default)
    {
        await using var db = database.Read();
        var rows = db.Audit.Where(r => r.Subject == accountSid);
        if (Names.IsSid(after))
            rows = rows.Where(r => string.Compare(r.Sid, after) < 0);
        var page = (await rows.OrderByDescending(r => r.Sid).Take(PageSize + 1).ToListAsync(cancel)).ToPage(PageSize, r => r.Sid);
        return new([.. page.Rows.Select(r => new HistoryLine(r.Sid, r.At, Words(r.Act), Who(r.ActorKind)))], page.Next);
    }

    private static string Words(string act) => act switch
    {
        "account.sign_in" => "Signed in",
        "session.end" => "Signed out",
        "session.end_all" => "Signed out everywhere",
        "kyc.verify" => "Identity verified",
        "kyc.unverify" => "Verification taken back",
        "kyc.start" => "Identity check started",
        "kyc.link" => "Identity check opened",
        "kyc.start_failed" => "Identity check could not be opened",
        "kyc.verdict" => "Result of the identity check received",
        "kyc.decide" => "Identity check decided",
        "kyc.reset" => "Identity check started over",
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

    private static string Who(string actorKind) => actorKind switch
    {
        "customer" or "identity" => "you",
        "operator" or "machine" => "the operator",
        _ => "this site",
    };
}
