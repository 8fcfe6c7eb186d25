using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace HeroOnboarding.Web;

/// <summary>Limits of requests per minute.</summary>
[Category("Limits")]
public sealed class RateLimitOptions
{
    [ConfigurationKeyName("RATE_REQUESTS_PER_MINUTE"), DefaultValue("120"), Range(1, 100_000)]
    [Description("Changing requests per account and minute, each kind counted by itself.")]
    public int RequestsPerMinute { get; init; }

    [ConfigurationKeyName("RATE_SIGNINS_PER_MINUTE"), DefaultValue("20"), Range(1, 100_000)]
    [Description("Sign-in attempts per client address and minute.")]
    public int SignInsPerMinute { get; init; }

    [ConfigurationKeyName("RATE_ADMIN_FAILURES_PER_MINUTE"), DefaultValue("5"), Range(1, 1000)]
    [Description("Wrong operator secrets per client address and minute.")]
    public int AdminFailuresPerMinute { get; init; }
}
