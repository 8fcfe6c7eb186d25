using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using HeroOnboarding.Accounts.Forge;
using HeroOnboarding.Configuration;
using HeroOnboarding.Web;

namespace HeroOnboarding.Admin.Access;

/// <summary>Settings of operators.</summary>
[Category("Operators")]
public sealed class OperatorOptions : IValidatableObject, IFeatureOptions
{
    [ConfigurationKeyName("HERO_ONBOARDING_ADMIN_SECRET"), MinBytes(32, "openssl rand -hex 32")]
    [Description("Secret of the operators' pages and machine routes, at least 32 bytes. Unset: they answer 503.")]
    public Secret? AdminSecret { get; init; }

    [ConfigurationKeyName("HERO_ONBOARDING_ADMIN_SECRET_NEXT"), MinBytes(32, "openssl rand -hex 32")]
    [Needs("HERO_ONBOARDING_ADMIN_SECRET")]
    [Description("A second secret that is valid too, for rotation.")]
    public Secret? AdminSecretNext { get; init; }

    /// <summary>Role by numeric Forge id. These override the roles of the operators' page.</summary>
    [ConfigurationKeyName("ADMIN_FORGE_USERS"), OperatorRoles]
    [Description(
        "Operators by their numeric Forge id, each with a role: 1001:owner,1002:operator,1003:viewer. Needs FORGE_URL. "
            + "With an owner the operator secret opens no pages any more. Ids: hero-onboarding users resolve NAME."
    )]
    public IReadOnlyDictionary<string, OperatorRole> AdminForgeUsers { get; init; } =
        new Dictionary<string, OperatorRole>();

    public Feature Feature =>
        new(
            "operators",
            AdminSecret is not null || AdminForgeUsers.Count > 0,
            AdminForgeUsers.Count > 0 ? "By name: ADMIN_FORGE_USERS."
                : AdminSecret is null ? "Neither HERO_ONBOARDING_ADMIN_SECRET nor ADMIN_FORGE_USERS is set."
                : "Configured."
        );

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (AdminForgeUsers.Count > 0 && validationContext.Options<ForgeOptions>().IsUnset)
            yield return new(
                "ADMIN_FORGE_USERS is set but FORGE_URL, FORGE_CLIENT_ID and FORGE_CLIENT_SECRET are not; operators "
                    + "sign in with the Forge."
            );
    }
}

/// <summary>Parses <c>1001:owner,1002:viewer</c>: each numeric id once, with one of the roles.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class OperatorRolesAttribute : SettingConverterAttribute
{
    public override object? Convert(string name, string text, ICollection<string> mistakes)
    {
        var roles = Enum.GetValues<OperatorRole>().ToDictionary(Names.Of, StringComparer.Ordinal);
        var users = new Dictionary<string, OperatorRole>(StringComparer.Ordinal);
        foreach (var entry in SettingText.Parts(text))
        {
            var parts = entry.Split(':', StringSplitOptions.TrimEntries);
            if (!SetOperator.IsForgeId(parts[0]))
                mistakes.Add(
                    $"{name} has '{entry}'; people are named by their numeric Forge id, such as 1001:owner "
                        + "('hero-onboarding users resolve NAME' finds it)."
                );
            else if (parts.Length != 2 || !roles.TryGetValue(parts[1], out var role))
                mistakes.Add(
                    $"{name} has '{entry}'; each id needs one of the roles "
                        + $"{string.Join(", ", roles.Keys)}, such as {parts[0]}:viewer."
                );
            else if (!users.TryAdd(parts[0], role))
                mistakes.Add($"{name} names {parts[0]} twice.");
        }
        return users;
    }
}
