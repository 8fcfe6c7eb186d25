using System.Security.Claims;
using HeroOnboarding.Accounts;
using HeroOnboarding.Store;
using HeroOnboarding.Web;
using HeroOnboarding.Web.Requests;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Admin.Access;

/// <summary>The changed operator; the role is absent after a removal.</summary>
public sealed record OperatorAnswer(string ForgeId, string? Login, OperatorRole? Role);

/// <summary>
/// Adds an operator, changes a role, or removes an operator, for owners. At least one owner always remains.
/// </summary>
public sealed class SetOperator(UnitOfWorkRunner writer)
{
    internal const string Page = "/admin/operators";

    /// <param name="by">Forge id of the owner who asks; null for the operator secret.</param>
    public Task<Outcome<OperatorAnswer>> RunAsync(
        Actor actor,
        string? by,
        string forgeId,
        OperatorRole role,
        string? login,
        CancellationToken cancel = default
    ) =>
        writer.RunAsync<OperatorAnswer>(
            "operator.set",
            actor,
            async unit =>
            {
                if (await GateAsync(unit, by, forgeId, remains: role == OperatorRole.Owner) is { } refusal)
                    return refusal;
                await unit.Db.Database.ExecuteSqlRawAsync(
                    """
                    INSERT INTO operators (forge_id, login, role, added_at, added_by) VALUES ({0}, {1}, {2}, {3}, {4})
                    ON CONFLICT (forge_id) DO UPDATE SET role = excluded.role,
                      login = COALESCE(excluded.login, operators.login)
                    """,
                    [forgeId, login!, Names.Of(role), Instants.ToMicros(unit.Now), actor.Id]
                );
                unit.Note(forgeId, new { role, login });
                return new OperatorAnswer(forgeId, login, role);
            },
            cancel
        );

    /// <inheritdoc cref="RunAsync"/>
    public Task<Outcome<OperatorAnswer>> RemoveAsync(
        Actor actor,
        string? by,
        string forgeId,
        CancellationToken cancel = default
    ) =>
        writer.RunAsync<OperatorAnswer>(
            "operator.remove",
            actor,
            async unit =>
            {
                if (await GateAsync(unit, by, forgeId, remains: false) is { } refusal)
                    return refusal;
                var row = await unit.Db.Operators.AsNoTracking().SingleOrDefaultAsync(o => o.ForgeId == forgeId);
                if (row is null)
                    return Refusals.NotFound;
                await unit.Db.Operators.Where(o => o.ForgeId == forgeId).ExecuteDeleteAsync();
                unit.Note(forgeId, new { role = row.Role, login = row.Login });
                return new OperatorAnswer(forgeId, row.Login, null);
            },
            cancel
        );

    /// <summary>
    /// Locks all stored owners, so that two owners who remove each other concurrently are serialized.
    /// </summary>
    private static async Task<Refusal?> GateAsync(Unit unit, string? by, string forgeId, bool remains)
    {
        var configured = unit.Options<OperatorOptions>().AdminForgeUsers;
        if (configured.ContainsKey(forgeId))
            return AccessRefusals.OperatorConfigured;
        var owners = await HoldOwnersAsync(unit);
        // The setting overrides what is stored.
        owners.ExceptWith(configured.Keys);
        if (
            by is not null
            && !owners.Contains(by)
            && !(configured.TryGetValue(by, out var role) && role == OperatorRole.Owner)
        )
            return AccessRefusals.RoleRequired;
        var lost = !remains && owners.Remove(forgeId);
        return lost && owners.Count == 0 && !configured.Values.Contains(OperatorRole.Owner)
            ? AccessRefusals.OperatorLastOwner
            : null;
    }

    private static async Task<HashSet<string>> HoldOwnersAsync(Unit unit)
    {
        var sql = $"SELECT forge_id FROM operators WHERE role = 'owner' ORDER BY forge_id{unit.Database.ForUpdate}";
        return [.. await unit.Statements.ListAsync(sql, reader => reader.GetString(0))];
    }

    internal static async Task<IResult> AnswerAsync(
        HttpContext http,
        Request<SetOperatorRequest> request,
        SetOperator set
    )
    {
        var (id, login) = (request.Body.ForgeId.Trim(), SignIn.Clean(request.Body.Login, 80));
        if (!IsForgeId(id))
            return request.Refused(AccessRefusals.OperatorIncomplete);
        var outcome = await set.RunAsync(http.Actor(), By(http), id, request.Body.Role, login, http.RequestAborted);
        return request.Answer(outcome, Page, v => ("set", v.ForgeId));
    }

    internal static async Task<IResult> AnswerRemovedAsync(
        HttpContext http,
        Request<RemoveOperatorRequest> request,
        SetOperator set
    )
    {
        var id = request.Body.ForgeId.Trim();
        if (!IsForgeId(id))
            return request.Refused(Refusals.NotFound);
        var outcome = await set.RemoveAsync(http.Actor(), By(http), id, http.RequestAborted);
        return request.Answer(outcome, Page, v => ("removed", v.ForgeId));
    }

    /// <summary>True for a positive number in the Forge's spelling.</summary>
    internal static bool IsForgeId(string? id) =>
        id is { Length: > 0 and < 20 } && id[0] is >= '1' and <= '9' && id.All(char.IsAsciiDigit);

    private static string? By(HttpContext http) => http.User.FindFirstValue(ClaimNames.OperatorId);
}
