using HeroOnboarding.Accounts;
using HeroOnboarding.Admin.Access;
using HeroOnboarding.Store;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Admin.Customers;

/// <summary>A customer.</summary>
/// <param name="KycStatus">For operators and owners; absent for viewers and tokens, who cannot
/// read identity checks.</param>
/// <param name="CreditBalanceCents">Whole cents, rounded down; for operators and owners, absent for
/// viewers and tokens.</param>
public sealed record UserRow(
    string Sid,
    string? Login,
    string? ForgeId,
    string? MyceliumAddress,
    KycStatus? KycStatus,
    bool Suspended,
    long? CreditBalanceCents,
    DateTimeOffset CreatedAt,
    DateTimeOffset LastSignInAt
);

/// <summary>All customers.</summary>
internal static class UserList
{
    public static readonly ListOf<UserRow> List = new(
        "/admin/users",
        [
            ("created", nameof(Account.Sid)),
            ("last_sign_in", nameof(Account.LastSignInAt)),
            ("login", nameof(Account.ForgeLogin)),
            ("credit", nameof(Account.Balance)),
        ],
        new Dictionary<string, string[]?>(),
        FindAsync
    )
    {
        IsOfCustomers = true,
        ConfidentialSorts = ["credit"],
        Veil = (reader, row) =>
            reader.Has(OperatorRole.Operator) ? row : row with { KycStatus = null, CreditBalanceCents = null },
    };

    private static async Task<Outcome<PageOf<UserRow>>> FindAsync(
        OnboardingDb db,
        ListQuery asked,
        CancellationToken cancel
    )
    {
        var page = await Keyset.PageAsync<Account>(
            db,
            asked.Order,
            asked.After,
            asked.Size,
            rows => Narrow(rows, asked),
            cancel
        );
        return page.IsRefused
            ? page.Refusal
            : page.Value.As(a => new UserRow(
                a.Sid,
                a.ForgeLogin,
                a.ForgeId,
                a.MyceliumAddress,
                a.KycStatus,
                a.SuspendedAt is not null,
                Money.Cents(a.Balance),
                a.CreatedAt,
                a.LastSignInAt
            ));
    }

    /// <summary>Searches a whole sid by equality; any other text within login, Forge id or sid.</summary>
    private static IQueryable<Account> Narrow(IQueryable<Account> rows, ListQuery asked)
    {
        if (asked.Q is not { } q)
            return rows;
        var (sid, like) = (q.ToUpperInvariant(), asked.Pattern);
        return Names.IsSid(q)
            ? rows.Where(a => a.Sid == sid)
            : rows.Where(a =>
                EF.Functions.Like(a.ForgeLogin!.ToLower(), like, ListQuery.Escape)
                || EF.Functions.Like(a.ForgeId!.ToLower(), like, ListQuery.Escape)
                || EF.Functions.Like(a.Sid.ToLower(), like, ListQuery.Escape)
            );
    }
}
