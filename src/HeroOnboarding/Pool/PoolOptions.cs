using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using HeroOnboarding.Configuration;
using HeroOnboarding.Web;

namespace HeroOnboarding.Pool;

/// <summary>Settings of the pool: its machines, and the limits of its alarms.</summary>
[Category("Pool")]
public sealed class PoolOptions : IValidatableObject, IFeatureOptions
{
    [ConfigurationKeyName("VM_POOL_JSON"), OrFile]
    [Description(
        "The pool: a JSON array or {\"pool\":[…]}, or @file. Applied at a start, each content once; going back to an "
            + "earlier one is a refresh. '[]' is an empty pool."
    )]
    public string? VmPoolJson { get; init; }

    [ConfigurationKeyName("PROVISIONER_DEMO"), DefaultValue("false")]
    [Description("A built-in sample pool, for trying things out; every page says so.")]
    public bool ProvisionerDemo { get; init; }

    /// <summary>The number of free machines at which an alarm is raised; null for a tenth of the listed ones.</summary>
    [ConfigurationKeyName("POOL_LOW_WATER"), Range(0, 1_000_000)]
    [Description("Alarm when so few machines or fewer are free. Default: a tenth of the listed ones.")]
    public int? PoolLowWater { get; init; }

    [ConfigurationKeyName("WIPE_ATTEMPTS"), DefaultValue("3"), Range(1, 1000)]
    [Description("A machine whose erasure failed so often is quarantined.")]
    public int WipeAttempts { get; init; }

    /// <summary>True when a pool provisioner is registered: <c>VM_POOL_JSON</c> (even <c>[]</c>) or the demo.</summary>
    public bool HasPool => VmPoolJson is not null || ProvisionerDemo;

    /// <summary>True when the pool is the built-in sample.</summary>
    public bool IsDemoPool => ProvisionerDemo && VmPoolJson is null;

    public Feature Feature =>
        new(
            "pool",
            HasPool,
            !HasPool ? "Neither VM_POOL_JSON nor PROVISIONER_DEMO is set."
                : IsDemoPool ? "Demo: built-in sample machines."
                : "Configured."
        );

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext) =>
        VmPoolJson is null
            ? []
            : PoolJson
                .Parse(VmPoolJson, validationContext.Options<PortalOptions>().IsDevelopment)
                .Errors.Select(error => new ValidationResult("VM_POOL_JSON: " + error));
}
