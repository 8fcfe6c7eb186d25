using HeroOnboarding.Accounts;
using HeroOnboarding.Kyc;
using HeroOnboarding.Plans;
using HeroOnboarding.Store;
using HeroOnboarding.Web;
using HeroOnboarding.Web.Requests;

namespace HeroOnboarding.Admin.Customers;

/// <summary>An account after an operator's decision.</summary>
public sealed record ReviewAnswer(string UserSid, KycStatus KycStatus, bool Suspended);

/// <summary>
/// An operator's decisions about a customer: verify, suspend, and their reversal, each with a reason for the audit.
/// </summary>
public sealed class ReviewAccount(UnitOfWorkRunner writer)
{
    public Task<Outcome<ReviewAnswer>> VerifyAsync(
        Actor actor,
        string? sid,
        string? reason,
        CancellationToken cancel = default
    ) =>
        ChangeAsync(
            "kyc.verify",
            actor,
            sid,
            reason,
            async (unit, account) =>
            {
                await DecideVerification.OverruleAsync(unit, account.Sid, verified: true);
                (account.KycStatus, account.KycVerifiedAt) = (KycStatus.Completed, unit.Now);
                await CompletePurchase.ReadyAsync(unit, account.Sid);
            },
            cancel
        );

    public Task<Outcome<ReviewAnswer>> UnverifyAsync(
        Actor actor,
        string? sid,
        string? reason,
        CancellationToken cancel = default
    ) =>
        ChangeAsync(
            "kyc.unverify",
            actor,
            sid,
            reason,
            async (unit, account) =>
            {
                await DecideVerification.OverruleAsync(unit, account.Sid, verified: false);
                (account.KycStatus, account.KycVerifiedAt) = (KycStatus.Pending, null);
            },
            cancel
        );

    public Task<Outcome<ReviewAnswer>> SuspendAsync(
        Actor actor,
        string? sid,
        string? reason,
        CancellationToken cancel = default
    ) =>
        ChangeAsync(
            "account.suspend",
            actor,
            sid,
            reason,
            (unit, account) =>
            {
                (account.SuspendedAt, account.SuspendedReason) = (account.SuspendedAt ?? unit.Now, reason!.Trim());
                return Task.CompletedTask;
            },
            cancel
        );

    public Task<Outcome<ReviewAnswer>> UnsuspendAsync(
        Actor actor,
        string? sid,
        string? reason,
        CancellationToken cancel = default
    ) =>
        ChangeAsync(
            "account.unsuspend",
            actor,
            sid,
            reason,
            (_, account) =>
            {
                (account.SuspendedAt, account.SuspendedReason) = (null, null);
                return Task.CompletedTask;
            },
            cancel
        );

    public static void Routes(IEndpointRouteBuilder app)
    {
        var admin = app.MapGroup("/admin").RequireAuthorization(Policies.Operator).WithTags("Operators");
        void Add(
            string path,
            string summary,
            Func<ReviewAccount, Func<Actor, string?, string?, CancellationToken, Task<Outcome<ReviewAnswer>>>> act
        ) =>
            admin
                .MapPost(
                    path,
                    (HttpContext http, Request<ReviewAccountRequest> request, ReviewAccount review) =>
                        AnswerAsync(http, request, act(review))
                )
                .WithSummary(summary)
                .FormsReturnTo((ReviewAccountRequest sent) => PageOf(sent.UserSid))
                .Produces<ReviewAnswer>()
                .Refuses(404, 422);
        Add("/kyc-verify", "Mark a person as verified.", r => r.VerifyAsync);
        Add("/kyc-unverify", "Take the verification back.", r => r.UnverifyAsync);
        Add(
            "/user-suspend",
            "Suspend an account: no purchases, no new machines; what runs keeps running.",
            r => r.SuspendAsync
        );
        Add("/user-unsuspend", "Lift a suspension.", r => r.UnsuspendAsync);
    }

    private static async Task<IResult> AnswerAsync(
        HttpContext http,
        Request<ReviewAccountRequest> request,
        Func<Actor, string?, string?, CancellationToken, Task<Outcome<ReviewAnswer>>> act
    )
    {
        var (sid, reason) = (request.Body.UserSid, request.Body.Reason);
        var outcome = await act(http.Actor(), sid, reason, http.RequestAborted);
        return request.Answer(outcome, PageOf(sid), _ => ("done", "reviewed"));
    }

    private static string PageOf(string? sid) => Names.IsSid(sid) ? "/admin/users/" + sid : "/admin/users";

    private async Task<Outcome<ReviewAnswer>> ChangeAsync(
        string act,
        Actor actor,
        string? sid,
        string? reason,
        Func<Unit, Account, Task> change,
        CancellationToken cancel
    )
    {
        if (!Reason.IsGiven(reason))
            return Refusals.ReasonRequired;
        return await writer.RunAsync<ReviewAnswer>(
            act,
            actor,
            async unit =>
            {
                var account = await unit.LockAccountAsync(sid ?? "");
                if (account is null)
                    return Refusals.NotFound;
                await change(unit, account);
                unit.Note(account.Sid, new { reason = reason!.Trim() });
                return new ReviewAnswer(account.Sid, account.KycStatus, account.SuspendedAt is not null);
            },
            cancel
        );
    }
}
