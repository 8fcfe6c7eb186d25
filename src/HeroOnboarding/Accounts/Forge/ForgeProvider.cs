using System.Text.Json;
using HeroOnboarding.Configuration;
using HeroOnboarding.Web;

namespace HeroOnboarding.Accounts.Forge;

/// <summary>Sign-in with a Forge.</summary>
public sealed class ForgeProvider : IProvider
{
    public Type OptionsType => typeof(ForgeOptions);

    public void Add(IServiceCollection services, LoadedOptions options)
    {
        services.AddRefusals("Sign-in with Forge", typeof(ForgeRefusals));
        services.AddSingleton<CheckIssuerAtStart>();
        services.AddStartStep(sp => sp.GetRequiredService<CheckIssuerAtStart>().RunAsync);
        ForgeSignIn.Add(services, options);
    }

    public void Map(IEndpointRouteBuilder app)
    {
        app.MapGet("/login/forge/start", ForgeSignIn.StartAsync).AllowAnonymous().ExcludeFromDescription();
        // The OpenID Connect handler answers this path while the Forge is on; otherwise the route does.
        app.MapGet(ForgeSignIn.CallbackPath, () => ForgeRefusals.ForgeOff.ToResult())
            .AllowAnonymous()
            .ExcludeFromDescription();
    }

    public IEnumerable<ConnectionCheck> Connections(LoadedOptions options)
    {
        if (options.Get<ForgeOptions>() is { IsOn: true } forge)
            yield return new("FORGE_URL", (outgoing, cancel) => DiscoverAsync(forge, outgoing, cancel));
    }

    /// <summary>
    /// The issuer in the discovery document must equal <c>FORGE_URL</c>; otherwise every sign-in is refused.
    /// </summary>
    private static async Task<ConnectionResult> DiscoverAsync(
        ForgeOptions forge,
        Outgoing outgoing,
        CancellationToken cancel
    )
    {
        var issuer = forge.Url!.ToString().TrimEnd('/');
        using var client = outgoing.Client();
        using var response = await client.GetAsync(new Uri(issuer + "/.well-known/openid-configuration"), cancel);
        if (!response.IsSuccessStatusCode)
            return new(
                false,
                $"its discovery document answers {(int)response.StatusCode}. Is this the address of the Forge?"
            );
        await using var body = await response.Content.ReadAsStreamAsync(cancel);
        using var document = await JsonDocument.ParseAsync(body, cancellationToken: cancel);
        var named =
            document.RootElement.ValueKind == JsonValueKind.Object
            && document.RootElement.TryGetProperty("issuer", out var value)
            && value.ValueKind == JsonValueKind.String
                ? value.GetString()
                : null;
        return named?.TrimEnd('/') == issuer
            ? new(true, "the Forge answers. Client id and secret are tried with the first sign-in.")
            : new(false, "its discovery document names another issuer. Set FORGE_URL to exactly that issuer.");
    }
}
