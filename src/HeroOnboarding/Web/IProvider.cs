using HeroOnboarding.Configuration;

namespace HeroOnboarding.Web;

/// <summary>
/// A provider of a feature: a way to sign in, to pay, or to check identities. Its folder has one class of this type,
/// and <c>AllProviders</c> names that class in one line. The rest of the portal learns about a provider by its options
/// (<see cref="IFeatureOptions"/>: health line and origins for the Content-Security-Policy), by the seam that it
/// implements, and by <see cref="IProviderWebhook"/>.
/// </summary>
public interface IProvider
{
    /// <summary>Its options class, an <see cref="IFeatureOptions"/>.</summary>
    Type OptionsType { get; }

    /// <summary>
    /// Registers its services. The implementation of the seam is registered only while the options switch it on.
    /// </summary>
    void Add(IServiceCollection services, LoadedOptions options);

    /// <summary>Maps its routes, also while it is off: they answer then that it is off.</summary>
    void Map(IEndpointRouteBuilder app);

    /// <summary>What <c>check-config --connect</c> asks; nothing while it is off.</summary>
    IEnumerable<ConnectionCheck> Connections(LoadedOptions options);
}
