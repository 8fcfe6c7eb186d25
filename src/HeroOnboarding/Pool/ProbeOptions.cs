using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Net;
using HeroOnboarding.Configuration;
using HeroOnboarding.Web;

namespace HeroOnboarding.Pool;

/// <summary>Settings of the probes.</summary>
[Category("Pool")]
public sealed class ProbeOptions : IValidatableObject, IFeatureOptions
{
    [ConfigurationKeyName("PROBE"), DefaultValue("off"), AllowedValues("off", "tcp", "http")]
    [Description(
        "Asks free machines whether they answer, and hands out only those that did lately: 'tcp' (address and "
            + "ssh_port), 'http' (cockpit_url), or 'off'."
    )]
    public string Way { get; init; } = null!;

    [ConfigurationKeyName("PROBE_EVERY_SECONDS"), DefaultValue("60"), Range(5, 86_400), Unit(TimeUnit.Seconds)]
    [Description("How often each machine is asked, give or take a quarter.")]
    public TimeSpan Every { get; init; }

    [ConfigurationKeyName("PROBE_MAX_AGE_SECONDS"), DefaultValue("300"), Range(10, 604_800), Unit(TimeUnit.Seconds)]
    [Description("A machine whose last good answer is older is not handed out. At least twice PROBE_EVERY_SECONDS.")]
    public TimeSpan MaxAge { get; init; }

    [ConfigurationKeyName("PROBE_TIMEOUT_SECONDS"), DefaultValue("5"), Range(1, 60), Unit(TimeUnit.Seconds)]
    [Description("How long a machine has to answer.")]
    public TimeSpan Timeout { get; init; }

    [ConfigurationKeyName("PROBE_AT_ONCE"), DefaultValue("32"), Range(1, 1000)]
    [Description("How many machines are asked at once.")]
    public int AtOnce { get; init; }

    /// <summary>Networks that may be probed; empty for all that are not forbidden.</summary>
    [ConfigurationKeyName("PROBE_CIDRS")]
    [Description(
        "Networks that probes may go to (comma separated), such as 10.20.0.0/16. Default: all but loopback, "
            + "link-local, metadata and multicast addresses, which are never asked outside development."
    )]
    public IReadOnlyList<IPNetwork> Allowed { get; init; } = [];

    public bool IsOn => Way != "off";

    /// <summary>
    /// True when the cockpit's page is requested; otherwise a TCP connection is made to the SSH port.
    /// </summary>
    public bool Http => Way == "http";

    /// <summary>
    /// The interval of the job. It is shorter than that of the probes, so that it delays them little.
    /// </summary>
    public TimeSpan JobEvery => TimeSpan.FromSeconds(Math.Max(5, Every.TotalSeconds / 2));

    /// <summary>
    /// Only machines with a good probe since this instant are handed out; null while machines are not probed.
    /// </summary>
    public DateTimeOffset? ProvenSince(DateTimeOffset now) => IsOn ? now - MaxAge : null;

    public Feature Feature =>
        new(
            "probes",
            IsOn,
            !IsOn ? "PROBE is off; machines are handed out unasked."
                : Http ? "Cockpits are asked."
                : "SSH ports are asked."
        );

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (MaxAge < Every * 2)
            yield return new(
                "PROBE_MAX_AGE_SECONDS is below twice PROBE_EVERY_SECONDS; machines would fall out of the pool between "
                    + "two probes."
            );
    }
}
