using HeroOnboarding.Accounts;
using HeroOnboarding.Admin.Leases;
using HeroOnboarding.Kyc;
using HeroOnboarding.Store;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Admin.Verification;

/// <summary>An identity check, without its link.</summary>
public sealed record KycRow(
    string Sid,
    string UserSid,
    string? UserLogin,
    string Provider,
    string ClientId,
    string? ScanRef,
    KycStatus State,
    bool NeedsReview,
    string? Verdict,
    string? Reasons,
    DateTimeOffset CreatedAt,
    DateTimeOffset? ExpiresAt,
    DateTimeOffset? VerdictAt,
    DateTimeOffset? DecidedAt
)
{
    public static KycRow Of(KycSession s, string? login) =>
        new(
            s.Sid,
            s.AccountSid,
            login,
            s.Provider,
            s.ClientId,
            s.ScanRef,
            s.State,
            s.NeedsReview,
            s.Verdict,
            s.Reasons,
            s.CreatedAt,
            s.State == KycStatus.Pending ? null : s.ExpiresAt,
            s.VerdictAt,
            s.DecidedAt
        );

    public string Who => UserLogin ?? UserSid;
}

/// <summary>All identity checks.</summary>
internal static class KycList
{
    public static readonly ListOf<KycRow> List = new(
        "/admin/kyc",
        [("created", nameof(KycSession.Sid))],
        new Dictionary<string, string[]?>
        {
            ["state"] = [.. Enum.GetValues<KycStatus>().Select(Names.Of)],
            ["review"] = ["waiting"],
        },
        FindAsync
    )
    {
        IsOfCustomers = true,
    };

    /// <summary>The number of checks that wait for an operator.</summary>
    public static Task<int> WaitingAsync(OnboardingDb db, CancellationToken cancel = default) =>
        db.KycSessions.CountAsync(s => s.NeedsReview, cancel);

    private static async Task<Outcome<PageOf<KycRow>>> FindAsync(
        OnboardingDb db,
        ListQuery asked,
        CancellationToken cancel
    )
    {
        var page = await Keyset.PageAsync<KycSession>(
            db,
            asked.Order,
            asked.After,
            asked.Size,
            rows => Narrow(db, rows, asked),
            cancel
        );
        if (page.IsRefused)
            return page.Refusal;
        var logins = await AllocationList.LoginsAsync(db, page.Value.Rows.Select(s => s.AccountSid), cancel);
        return page.Value.As(s => KycRow.Of(s, logins.GetValueOrDefault(s.AccountSid)));
    }

    private static IQueryable<KycSession> Narrow(OnboardingDb db, IQueryable<KycSession> rows, ListQuery asked)
    {
        if (asked.Filter("state") is { } name)
        {
            var state = Names.Parse<KycStatus>(name);
            rows = rows.Where(s => s.State == state);
        }
        if (asked.Filter("review") is not null)
            rows = rows.Where(s => s.NeedsReview);
        if (asked.Q is not { } q)
            return rows;
        var (sid, like) = (q.ToUpperInvariant(), asked.Pattern);
        return Names.IsSid(q)
            ? rows.Where(s => s.Sid == sid || s.AccountSid == sid)
            : rows.Where(s =>
                EF.Functions.Like(s.ScanRef!.ToLower(), like, ListQuery.Escape)
                || EF.Functions.Like(s.ClientId.ToLower(), like, ListQuery.Escape)
                || EF.Functions.Like(s.Sid.ToLower(), like, ListQuery.Escape)
                || EF.Functions.Like(s.Reasons!.ToLower(), like, ListQuery.Escape)
                || db.Set<Account>()
                    .Any(u =>
                        u.Sid == s.AccountSid && EF.Functions.Like(u.ForgeLogin!.ToLower(), like, ListQuery.Escape)
                    )
            );
    }
}
