using HeroOnboarding.Store;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Admin.Access;

/// <summary>The states of a token.</summary>
public enum TokenState
{
    Live,
    Expired,
    Revoked,
}

/// <summary>A token; the token itself is not stored.</summary>
public sealed record TokenEntry(
    string Sid,
    string Name,
    IReadOnlyList<string> Scopes,
    TokenState State,
    DateTimeOffset CreatedAt,
    string CreatedBy,
    DateTimeOffset ExpiresAt,
    DateTimeOffset? LastUsedAt,
    DateTimeOffset? RevokedAt,
    string? RevokedBy
)
{
    public static TokenEntry Of(MachineToken t, DateTimeOffset now) =>
        new(
            t.Sid,
            t.Name,
            t.Scopes.Split(' '),
            t.RevokedAt is not null ? TokenState.Revoked
                : Instants.Expired(t.ExpiresAt, now) ? TokenState.Expired
                : TokenState.Live,
            t.CreatedAt,
            t.CreatedBy,
            t.ExpiresAt,
            t.LastUsedAt,
            t.RevokedAt,
            t.RevokedBy
        );
}

/// <summary>All tokens, including expired and revoked ones.</summary>
internal static class TokenList
{
    /// <summary>Takes a clock: the state of a token depends on the time.</summary>
    public static ListOf<TokenEntry> Of(TimeProvider clock) =>
        new(
            "/admin/tokens",
            [("created", nameof(MachineToken.Sid)), ("expires", nameof(MachineToken.ExpiresAt))],
            new Dictionary<string, string[]?> { ["state"] = [.. Enum.GetValues<TokenState>().Select(Names.Of)] },
            (db, asked, cancel) => FindAsync(db, asked, clock.Now(), cancel)
        );

    private static async Task<Outcome<PageOf<TokenEntry>>> FindAsync(
        OnboardingDb db,
        ListQuery asked,
        DateTimeOffset now,
        CancellationToken cancel
    )
    {
        var page = await Keyset.PageAsync<MachineToken>(
            db,
            asked.Order,
            asked.After,
            asked.Size,
            rows => Narrow(rows, asked, now),
            cancel
        );
        return page.IsRefused ? page.Refusal : page.Value.As(t => TokenEntry.Of(t, now));
    }

    private static IQueryable<MachineToken> Narrow(IQueryable<MachineToken> rows, ListQuery asked, DateTimeOffset now)
    {
        rows = asked.Filter("state") switch
        {
            "live" => rows.Where(t => t.RevokedAt == null && t.ExpiresAt >= now),
            "expired" => rows.Where(t => t.RevokedAt == null && t.ExpiresAt < now),
            "revoked" => rows.Where(t => t.RevokedAt != null),
            _ => rows,
        };
        if (asked.Q is null)
            return rows;
        var like = asked.Pattern;
        return rows.Where(t =>
            EF.Functions.Like(t.Name, like, ListQuery.Escape) || EF.Functions.Like(t.Scopes, like, ListQuery.Escape)
        );
    }
}
