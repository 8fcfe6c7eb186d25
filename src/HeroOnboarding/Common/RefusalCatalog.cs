using System.Reflection;

namespace HeroOnboarding.Common;

/// <summary>The refusals that one feature declares: the public static fields of a class.</summary>
/// <param name="Heading">Heading in <c>docs/refusals.md</c>.</param>
/// <param name="Class">The static class with the fields.</param>
public sealed record RefusalGroup(string Heading, Type Class)
{
    /// <summary>The refusals in the order in which they are declared.</summary>
    public IReadOnlyList<Refusal> Refusals { get; } =
    [
        .. Class
            .GetFields(BindingFlags.Public | BindingFlags.Static)
            .Where(f => f.FieldType == typeof(Refusal))
            .Select(f => (Refusal)f.GetValue(null)!),
    ];
}

/// <summary>
/// Every refusal of the portal. Each feature registers its own (<see cref="RefusalGroups.AddRefusals"/>);
/// <c>docs/refusals.md</c> is generated from it.
/// </summary>
public sealed class RefusalCatalog(IEnumerable<RefusalGroup> groups)
{
    /// <summary>In the order of registration.</summary>
    public IReadOnlyList<RefusalGroup> Groups { get; } = [.. groups];

    /// <summary>The refusals of all groups.</summary>
    public IEnumerable<Refusal> All => Groups.SelectMany(g => g.Refusals);

    /// <summary>The refusal with this code; null for an unknown code, which pages do not print.</summary>
    public Refusal? Find(string? code) => All.FirstOrDefault(r => r.Code == code);
}

/// <summary>Registration of refusals by the features that declare them.</summary>
public static class RefusalGroups
{
    /// <summary>Adds the refusals of a class to the <see cref="RefusalCatalog"/>.</summary>
    public static void AddRefusals(this IServiceCollection services, string heading, Type declares) =>
        services.AddSingleton(new RefusalGroup(heading, declares));
}
