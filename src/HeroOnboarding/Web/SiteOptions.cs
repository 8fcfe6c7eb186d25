using System.ComponentModel;
using HeroOnboarding.Configuration;

namespace HeroOnboarding.Web;

/// <summary>The operator of this site, and the operator's pages that it links to.</summary>
[Category("Links")]
public sealed class SiteOptions
{
    private readonly string? securityContact;
    private readonly string? termsVersion;

    [ConfigurationKeyName("SUPPORT_URL"), HttpsOrMailto]
    [Description("Where people get help; shown with every refusal. https or mailto.")]
    public string? SupportUrl { get; init; }

    /// <summary>
    /// Where vulnerabilities are reported: an https or mailto address; null when neither setting names one.
    /// </summary>
    [ConfigurationKeyName("SECURITY_CONTACT"), HttpsOrMailto]
    [Description(
        "Where vulnerabilities are reported, for /.well-known/security.txt (RFC 9116). https or mailto. Default: "
            + "SUPPORT_URL; without both there is no such file."
    )]
    public string? SecurityContact
    {
        get => securityContact ?? SupportUrl;
        init => securityContact = value;
    }

    [ConfigurationKeyName("TERMS_URL"), HttpsOrMailto]
    [Description("Your terms.")]
    public string? TermsUrl { get; init; }

    [ConfigurationKeyName("PRIVACY_URL"), HttpsOrMailto]
    [Description("Your privacy statement.")]
    public string? PrivacyUrl { get; init; }

    [ConfigurationKeyName("REFUND_POLICY_URL"), HttpsOrMailto]
    [Description("Your refund policy; shown before paying.")]
    public string? RefundPolicyUrl { get; init; }

    /// <summary>
    /// The version of the terms that customers accept before a purchase; null where there are no terms.
    /// </summary>
    [ConfigurationKeyName("TERMS_VERSION")]
    [Description(
        "Name of the version of your terms, such as 2026-11; people accept each version once. Default: TERMS_URL "
            + "itself."
    )]
    public string? TermsVersion
    {
        get => TermsUrl is null ? null : termsVersion ?? TermsUrl;
        init => termsVersion = value;
    }

    [ConfigurationKeyName("SELLER_NAME")]
    [Description("Who sells, for the foot of every page and for receipts.")]
    public string? SellerName { get; init; }

    [ConfigurationKeyName("SELLER_ADDRESS")]
    [Description("The seller's postal address, for receipts.")]
    public string? SellerAddress { get; init; }
}
