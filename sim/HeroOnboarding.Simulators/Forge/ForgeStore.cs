using System.Collections.Concurrent;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using OpenIddict.Abstractions;
using OpenIddict.Core;
using OpenIddict.EntityFrameworkCore.Models;

namespace HeroOnboarding.Simulators.Forge;

/// <summary>Codes and tokens, in an in-memory SQLite database that exists while one connection is open.</summary>
internal sealed class ForgeStore(DbContextOptions<ForgeStore> options) : DbContext(options);

/// <summary>
/// The registered redirect URIs. They can be added while the Forge runs, so they are not in the store.
/// </summary>
internal sealed class ForgeRedirects(IEnumerable<string> uris)
{
    private readonly ConcurrentDictionary<string, bool> uris = new(
        uris.Select(uri => KeyValuePair.Create(uri, true)),
        StringComparer.Ordinal
    );

    public void Allow(string uri) => this.uris[uri] = true;

    public bool Allows(string uri) => this.uris.ContainsKey(uri);
}

/// <summary>
/// OpenIddict's applications with the redirect URIs of <see cref="ForgeRedirects"/>, compared as exact strings.
/// </summary>
internal sealed class ForgeApplications(
    ForgeRedirects redirects,
    IOpenIddictApplicationCache<OpenIddictEntityFrameworkCoreApplication> cache,
    ILogger<OpenIddictApplicationManager<OpenIddictEntityFrameworkCoreApplication>> logger,
    IOptionsMonitor<OpenIddictCoreOptions> options,
    IOpenIddictApplicationStore<OpenIddictEntityFrameworkCoreApplication> store
) : OpenIddictApplicationManager<OpenIddictEntityFrameworkCoreApplication>(cache, logger, options, store)
{
    public override ValueTask<bool> ValidateRedirectUriAsync(
        OpenIddictEntityFrameworkCoreApplication application,
        string uri,
        CancellationToken cancellationToken = default
    ) => ValueTask.FromResult(redirects.Allows(uri));
}
