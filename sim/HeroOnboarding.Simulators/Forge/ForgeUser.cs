using System.Collections.Concurrent;
using System.Globalization;

namespace HeroOnboarding.Simulators.Forge;

/// <summary>A user of the Forge. The id never changes; the login can be renamed (Forgejo documentation).</summary>
/// <param name="Id">Numeric id; its decimal text is the <c>sub</c> claim.</param>
/// <param name="Login">Becomes <c>preferred_username</c>.</param>
/// <param name="Name">Full name, claim <c>name</c>.</param>
/// <param name="Email">Claim <c>email</c>.</param>
public sealed record ForgeUser(long Id, string Login, string Name, string Email)
{
    /// <summary>The <c>sub</c> claim.</summary>
    public string Subject => Id.ToString(CultureInfo.InvariantCulture);
}

/// <summary>
/// The users of one simulator: five samples (the portal's settings decide which are operators) and those that
/// a test adds.
/// </summary>
internal sealed class ForgeUsers
{
    private readonly ConcurrentDictionary<long, ForgeUser> users = new();

    public ForgeUsers()
    {
        Put(new ForgeUser(4200, "asha", "Asha Mwangi", "asha@users.example"));
        Put(new ForgeUser(4201, "juma", "Juma Otieno", "juma@users.example"));
        Put(new ForgeUser(4202, "operator", "Pool Operator", "operator@users.example"));
        Put(new ForgeUser(4203, "owner", "Portal Owner", "owner@users.example"));
        Put(new ForgeUser(4204, "viewer", "Friendly Viewer", "viewer@users.example"));
    }

    public IReadOnlyList<ForgeUser> All => [.. users.Values.OrderBy(user => user.Id)];

    public void Put(ForgeUser user) => users[user.Id] = user;

    public ForgeUser? ByLogin(string? login) => users.Values.FirstOrDefault(user => user.Login == login);

    public ForgeUser? BySubject(string? subject) =>
        long.TryParse(subject, NumberStyles.None, CultureInfo.InvariantCulture, out var id)
            ? users.GetValueOrDefault(id)
            : null;
}
