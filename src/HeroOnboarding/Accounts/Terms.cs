using HeroOnboarding.Store;
using HeroOnboarding.Web;

namespace HeroOnboarding.Accounts;

/// <summary>
/// The seller's terms. Each version is accepted once, before a purchase; account and purchase store which
/// version and when.
/// </summary>
public static class Terms
{
    /// <summary>True when there are no terms, or this version was accepted.</summary>
    public static bool AreAccepted(SiteOptions site, Account account) =>
        site.TermsVersion is null || account.TermsVersion == site.TermsVersion;

    /// <summary>Records the acceptance of this request, inside a unit that has locked the account.</summary>
    /// <returns>A refusal when the current version was never accepted.</returns>
    internal static Refusal? Take(Unit unit, Account account, bool accepted)
    {
        var site = unit.Options<SiteOptions>();
        if (AreAccepted(site, account))
            return null;
        if (!accepted)
            return AccountRefusals.TermsRequired;
        (account.TermsVersion, account.TermsAcceptedAt) = (site.TermsVersion, unit.Now);
        return null;
    }
}
