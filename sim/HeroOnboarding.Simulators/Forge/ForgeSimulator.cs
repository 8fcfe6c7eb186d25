using System.Security.Cryptography;
using HeroOnboarding.Simulators.Web;
using Microsoft.Data.Sqlite;
using OpenIddict.Abstractions;

namespace HeroOnboarding.Simulators.Forge;

/// <summary>
/// Simulates a Forgejo server as OpenID Connect provider: Forgejo's paths, real RS256 tokens with keys
/// that are generated at the start, authorization code with PKCE S256, exact redirect URIs, one-time
/// codes (Forgejo documentation).
/// </summary>
public sealed class ForgeSimulator : IAsyncDisposable
{
    private readonly ForgeOptions options;
    private readonly ForgeRedirects redirects;
    private readonly ForgeUsers users = new();
    private readonly SqliteConnection database;
    private readonly WebApplication app;

    private ForgeSimulator(ForgeOptions options)
    {
        this.options = options;
        redirects = new ForgeRedirects(options.RedirectUris);
        database = new SqliteConnection($"Data Source=forge-{Guid.NewGuid():N};Mode=Memory;Cache=Shared");
        database.Open();
        var builder = LoopbackHost.Builder(options.Port);
        builder.Services.AddSingleton(redirects).AddSingleton(options.Time);
        ForgeServer.Add(builder.Services, database.ConnectionString, Knobs);
        app = builder.Build();
        ForgeRoutes.Map(app, users, Knobs);
    }

    /// <summary>The address on which it listens, for example <c>http://127.0.0.1:9930/</c>.</summary>
    public Uri Address { get; private set; } = null!;

    /// <summary>The issuer as discovery names it: <see cref="Address"/> without the trailing slash.</summary>
    public string Issuer => Address.AbsoluteUri.TrimEnd('/');

    /// <summary>The registered application.</summary>
    public string ClientId => this.options.ClientId;

    /// <summary>Its secret.</summary>
    public string ClientSecret => this.options.ClientSecret;

    /// <summary>Faults and shortcuts, which can be switched while it runs.</summary>
    public ForgeKnobs Knobs { get; } = new();

    /// <summary>Starts on 127.0.0.1.</summary>
    /// <exception cref="IOException">The port is taken.</exception>
    public static async Task<ForgeSimulator> StartAsync(ForgeOptions? options = null)
    {
        var forge = new ForgeSimulator(options ?? new ForgeOptions());
        try
        {
            await forge.FillStoreAsync();
            await forge.app.StartAsync();
        }
        catch
        {
            await forge.DisposeAsync();
            throw;
        }
        forge.Address = LoopbackHost.AddressOf(forge.app);
        return forge;
    }

    /// <summary>Registers one more redirect URI; requests must repeat it exactly.</summary>
    public void AllowRedirect(string uri) => redirects.Allow(uri);

    /// <summary>Adds a user, or replaces the one with this id (which simulates a rename).</summary>
    /// <param name="id">The numeric id that becomes <c>sub</c>.</param>
    /// <param name="login">Becomes <c>preferred_username</c>.</param>
    /// <param name="name">Full name.</param>
    public void AddUser(long id, string login, string name) =>
        users.Put(new ForgeUser(id, login, name, login + "@users.example"));

    /// <summary>The header <c>kid</c> of its ID tokens.</summary>
    public string KeyId => ForgeServer.SigningKey.KeyId;

    /// <summary>Signs with its own key (RSA with SHA-256), for tests that send other tokens.</summary>
    public byte[] Sign(byte[] text, RSASignaturePadding padding) =>
        ForgeServer.SigningKey.Rsa.SignData(text, HashAlgorithmName.SHA256, padding);

    /// <summary>Stops listening and drops all tokens.</summary>
    public async ValueTask DisposeAsync()
    {
        await app.DisposeAsync();
        await database.DisposeAsync();
    }

    private async Task FillStoreAsync()
    {
        await using var scope = app.Services.CreateAsyncScope();
        await scope.ServiceProvider.GetRequiredService<ForgeStore>().Database.EnsureCreatedAsync();
        await scope
            .ServiceProvider.GetRequiredService<IOpenIddictApplicationManager>()
            .CreateAsync(ForgeServer.Application(this.options));
    }
}
