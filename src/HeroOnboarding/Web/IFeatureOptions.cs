namespace HeroOnboarding.Web;

/// <summary>Options of a feature that configuration switches on or off.</summary>
public interface IFeatureOptions
{
    /// <summary>Whether the feature is on, and the reason.</summary>
    Feature Feature { get; }

    /// <summary>
    /// Origins of the feature's pages that forms lead to: browsers check every redirect after a form against this list
    /// (CSP form-action). Empty while it is off.
    /// </summary>
    IEnumerable<string> FormTargets => [];
}
