namespace HeroOnboarding.Web;

/// <summary>Options of a part that configuration switches on.</summary>
public interface IFeatureOptions
{
    /// <summary>Whether it is on, and why not.</summary>
    Feature Feature { get; }

    /// <summary>
    /// Origins of its pages that our forms lead to: browsers check every redirect after a form against this list (CSP
    /// form-action). Empty while it is off.
    /// </summary>
    IEnumerable<string> FormTargets => [];
}
