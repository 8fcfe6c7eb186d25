using System.Text.Json;
using System.Text.RegularExpressions;

namespace HeroOnboarding.Plans;

/// <summary>A plan of the catalogue: a number of machines at a time for 30 days.</summary>
/// <param name="Price">Micro-dollars.</param>
public sealed record PlanConfig(string Id, string Name, long Price, int VmCount)
{
    /// <summary>The period of every plan: 30 days, not a calendar month.</summary>
    public static readonly TimeSpan Period = TimeSpan.FromDays(30);

    /// <summary>$10 for 5 machines, $20 for 10: the original's catalogue.</summary>
    public static IReadOnlyList<PlanConfig> BuiltIn { get; } =
    [
        new("vms-5", "5 machines", 10 * Money.MicrosPerDollar, 5),
        new("vms-10", "10 machines", 20 * Money.MicrosPerDollar, 10),
    ];

    /// <summary>Micro-dollars per machine, rounded down.</summary>
    public long PricePerVm => Price / VmCount;

    /// <summary>Parses <c>PLANS_JSON</c>.</summary>
    /// <returns>The plans, or a sentence that names the first mistake.</returns>
    public static (IReadOnlyList<PlanConfig> Plans, string? Error) Parse(string json)
    {
        List<Wire?>? wires;
        try
        {
            wires = JsonSerializer.Deserialize<List<Wire?>>(json, Json.Options);
        }
        catch (JsonException)
        {
            return (BuiltIn, "it is not a JSON array of {\"id\",\"name\",\"price_cents\",\"vm_count\"}.");
        }
        if (wires is not { Count: > 0 and <= 50 })
            return (BuiltIn, "it needs 1 to 50 plans.");
        var plans = new List<PlanConfig>();
        foreach (var wire in wires)
        {
            if (wire is null || wire.Id is null || !Regex.IsMatch(wire.Id, "^[a-z0-9][a-z0-9-]{0,31}$"))
                return (BuiltIn, $"plan {plans.Count + 1} needs an id of lower-case letters, digits and hyphens.");
            if (wire.PriceCents is not (>= 0 and <= 100_000_000))
                return (BuiltIn, $"plan '{wire.Id}' needs price_cents from 0 to 100,000,000.");
            if (wire.VmCount is not (>= 1 and <= 1000))
                return (BuiltIn, $"plan '{wire.Id}' needs vm_count from 1 to 1,000.");
            if (plans.Any(p => p.Id == wire.Id))
                return (BuiltIn, $"plan '{wire.Id}' is there twice.");
            plans.Add(
                new(
                    wire.Id,
                    wire.Name is { Length: > 0 and <= 60 } name ? name : $"{wire.VmCount} machines",
                    Money.FromCents(wire.PriceCents.Value),
                    wire.VmCount.Value
                )
            );
        }
        return (plans, null);
    }

    private sealed record Wire(string? Id, string? Name, long? PriceCents, int? VmCount);
}

/// <summary>The plans that can be bought.</summary>
public sealed class Catalogue(PlanOptions plans)
{
    public IReadOnlyList<PlanConfig> Plans => plans.Plans;

    public PlanConfig? Find(string? id) => plans.Plans.FirstOrDefault(p => p.Id == id);
}
