using HeroOnboarding.Store;
using HeroOnboarding.Web;

namespace HeroOnboarding.Accounts;

/// <summary>
/// The seller's terms: each version is accepted once, before something is bought; account and purchase remember which
/// and when.
/// </summary>
public static class Terms
{
    /// <summary>True when there are no terms, or this version was accepted.</summary>
    public static bool AreAccepted(SiteOptions site, Account account) =>
        site.TermsVersion is null || account.TermsVersion == site.TermsVersion;

    /// <summary>Inside a unit that holds the account: takes the acceptance that came with this request.</summary>
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
