using HeroOnboarding.Accounts;
using HeroOnboarding.Store;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Admin.Access;

/// <summary>An operator.</summary>
/// <param name="Configured">Named by <c>ADMIN_FORGE_USERS</c>, so that the page cannot change it.</param>
public sealed record OperatorEntry(
    string ForgeId,
    string? Login,
    OperatorRole Role,
    bool Configured,
    DateTimeOffset? AddedAt,
    string? AddedBy
);

/// <summary>All operators: those of the setting, then those that owners added. They fit on one page.</summary>
internal static class OperatorList
{
    public static async Task<PageOf<OperatorEntry>> FindAsync(
        OnboardingDb db,
        OperatorOptions operators,
        CancellationToken cancel
    )
    {
        var configured = operators.AdminForgeUsers;
        var stored = await db.Operators.OrderBy(o => o.AddedAt).ThenBy(o => o.ForgeId).ToListAsync(cancel);
        var ids = configured.Keys.ToList();
        // The setting has no logins: these are the names of the last sign-in, as operators or as customers.
        var came = await db
            .Sessions.Where(s => s.OperatorId != null && ids.Contains(s.OperatorId))
            .OrderByDescending(s => s.CreatedAt)
            .Select(s => new { Id = s.OperatorId, Login = s.ClaimedName })
            .ToListAsync(cancel);
        var customers = await db
            .Accounts.Where(a => a.ForgeId != null && ids.Contains(a.ForgeId))
            .Select(a => new { Id = a.ForgeId, Login = a.ForgeLogin })
            .ToListAsync(cancel);
        var logins = came.Concat(customers).DistinctBy(a => a.Id).ToDictionary(a => a.Id!, a => a.Login);
        return new(
            [
                .. configured.Select(c => new OperatorEntry(
                    c.Key,
                    logins.GetValueOrDefault(c.Key),
                    c.Value,
                    true,
                    null,
                    null
                )),
                // The setting overrides a stored row, which has no effect until the setting is changed.
                .. stored
                    .Where(o => !configured.ContainsKey(o.ForgeId))
                    .Select(o => new OperatorEntry(o.ForgeId, o.Login, o.Role, false, o.AddedAt, o.AddedBy)),
            ],
            null
        );
    }
}
