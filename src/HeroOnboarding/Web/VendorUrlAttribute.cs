using System.ComponentModel.DataAnnotations;
using HeroOnboarding.Configuration;

namespace HeroOnboarding.Web;

/// <summary>
/// The address of another system: https; or http on loopback while the portal is on loopback itself, for simulators.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class VendorUrlAttribute : SettingRuleAttribute
{
    protected override string? Mistake(string name, string text, ValidationContext context)
    {
        if (
            !Uri.TryCreate(text, UriKind.Absolute, out var url)
            || url.UserInfo.Length > 0
            || !(url.Scheme == "https" || (url.Scheme == "http" && url.IsLoopback))
        )
            return $"{name} is not an https address (plain http is accepted on loopback only).";
        return url.IsLoopback && !context.Options<PortalOptions>().PublicBaseUrl.IsLoopback
            ? $"{name} is a loopback address while PUBLIC_BASE_URL is public; simulators are for development only."
            : null;
    }
}
