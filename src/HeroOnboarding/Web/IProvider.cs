using HeroOnboarding.Configuration;

namespace HeroOnboarding.Web;

/// <summary>
/// A provider of a feature: a way to sign in, to pay, or to check identities. Its folder has one class of this type,
/// and <c>AllProviders</c> lists that class. The rest of the portal uses a provider only through its options
/// (<see cref="IFeatureOptions"/>: health line and origins for the Content-Security-Policy), the interface of its
/// feature, and <see cref="IProviderWebhook"/>.
/// </summary>
public interface IProvider
{
    /// <summary>Its options class, an <see cref="IFeatureOptions"/>.</summary>
    Type OptionsType { get; }

    /// <summary>
    /// Registers its services; the implementation of the feature's interface only while the options enable it.
    /// </summary>
    void Add(IServiceCollection services, LoadedOptions options);

    /// <summary>Maps its routes, also while it is off; then they answer with a refusal.</summary>
    void Map(IEndpointRouteBuilder app);

    /// <summary>The checks of <c>check-config --connect</c>; none while it is off.</summary>
    IEnumerable<ConnectionCheck> Connections(LoadedOptions options);
}
