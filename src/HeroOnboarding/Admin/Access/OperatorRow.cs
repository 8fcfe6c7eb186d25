using HeroOnboarding.Accounts.Forge;
using HeroOnboarding.Store;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Admin.Access;

/// <summary>An operator whom an owner added; those of <c>ADMIN_FORGE_USERS</c> have no row.</summary>
public sealed class OperatorRow
{
    /// <summary>Numeric user id at the Forge; logins can be renamed, ids cannot.</summary>
    public required string ForgeId { get; set; }

    /// <summary>For display: as an owner entered it, then as the Forge returned it at the last sign-in.</summary>
    public string? Login { get; set; }
    public OperatorRole Role { get; set; }
    public DateTimeOffset AddedAt { get; set; }
    public required string AddedBy { get; set; }
}

/// <summary>The current role of an operator. The setting overrides the store; both are read at every request.</summary>
public sealed class OperatorRoles(ForgeOptions forge, OperatorOptions operators, Database database)
{
    /// <returns>Null for a user without a role, and for everyone while no Forge is configured.</returns>
    public async Task<OperatorRole?> OfAsync(string forgeId, CancellationToken cancel = default)
    {
        if (!forge.IsOn)
            return null;
        if (operators.AdminForgeUsers.TryGetValue(forgeId, out var configured))
            return configured;
        await using var db = database.Read();
        return await db
            .Operators.Where(o => o.ForgeId == forgeId)
            .Select(o => (OperatorRole?)o.Role)
            .FirstOrDefaultAsync(cancel);
    }

    /// <summary>
    /// True when there is an owner, who can add operators by name: the shared secret then opens no pages.
    /// </summary>
    public async Task<bool> HasOwnerAsync(CancellationToken cancel = default)
    {
        if (!forge.IsOn)
            return false;
        if (operators.AdminForgeUsers.Values.Contains(OperatorRole.Owner))
            return true;
        await using var db = database.Read();
        return await db.Operators.AnyAsync(o => o.Role == OperatorRole.Owner, cancel);
    }
}
