using HeroOnboarding.Accounts.Forge;
using HeroOnboarding.Store;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Admin.Access;

/// <summary>
/// A person who may use the operators' pages because an owner said so; those of <c>ADMIN_FORGE_USERS</c> have no row.
/// </summary>
public sealed class OperatorRow
{
    /// <summary>Numeric user id at the Forge; logins can be renamed, ids cannot.</summary>
    public required string ForgeId { get; set; }

    /// <summary>For show: as an owner typed it, then as the Forge said at the last sign-in.</summary>
    public string? Login { get; set; }
    public OperatorRole Role { get; set; }
    public DateTimeOffset AddedAt { get; set; }
    public required string AddedBy { get; set; }
}

/// <summary>Who has which role now: the setting goes before the store, and is asked at every request.</summary>
public sealed class OperatorRoles(ForgeOptions forge, OperatorOptions operators, Database database)
{
    /// <returns>Null for somebody without rights, and for everybody while no Forge is set up.</returns>
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
    /// With an owner there is somebody who can let others in by name: the shared secret opens no pages any more.
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
