using System.Reflection;

namespace HeroOnboarding.Tests.Support;

/// <summary>Every refusal that the program declares, whether its feature registers it or not.</summary>
internal static class DeclaredRefusals
{
    /// <summary>The fields with their classes.</summary>
    public static IReadOnlyList<FieldInfo> Fields { get; } =
    [
        .. typeof(Program)
            .Assembly.GetTypes()
            .SelectMany(t => t.GetFields(BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static))
            .Where(f => f.FieldType == typeof(Refusal)),
    ];

    public static IReadOnlyList<Refusal> All { get; } = [.. Fields.Select(f => (Refusal)f.GetValue(null)!)];

    public static Refusal Find(string code) => All.Single(r => r.Code == code);
}
