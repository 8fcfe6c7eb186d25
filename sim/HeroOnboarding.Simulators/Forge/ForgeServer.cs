using System.Security.Cryptography;
using Microsoft.EntityFrameworkCore;
using Microsoft.IdentityModel.Tokens;
using OpenIddict.Abstractions;
using OpenIddict.EntityFrameworkCore.Models;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;
using static OpenIddict.Server.OpenIddictServerHandlers.Authentication;
using static OpenIddict.Server.OpenIddictServerHandlers.Protection;

namespace HeroOnboarding.Simulators.Forge;

/// <summary>
/// OpenIddict configured like Forgejo: its paths, its issuer without a slash, its error codes (Forgejo documentation).
/// </summary>
internal static class ForgeServer
{
    private const int First = int.MinValue + 50_000;

    /// <summary>After OpenIddict has listed its own keys.</summary>
    private static readonly int KeySetOrder =
        OpenIddict.Server.OpenIddictServerHandlers.Discovery.AttachSigningKeys.Descriptor.Order + 1;

    public static void Add(IServiceCollection services, string connectionString, ForgeKnobs knobs)
    {
        services.AddDbContext<ForgeStore>(store => store.UseSqlite(connectionString).UseOpenIddict());
        services
            .AddOpenIddict()
            .AddCore(core =>
            {
                core.UseEntityFrameworkCore().UseDbContext<ForgeStore>();
                core.ReplaceApplicationManager<OpenIddictEntityFrameworkCoreApplication, ForgeApplications>();
            })
            .AddServer(server =>
            {
                server
                    .SetConfigurationEndpointUris(ForgePaths.Discovery)
                    .SetAuthorizationEndpointUris(ForgePaths.Authorize)
                    .SetTokenEndpointUris(ForgePaths.Token)
                    .SetUserInfoEndpointUris(ForgePaths.UserInfo)
                    .SetJsonWebKeySetEndpointUris(ForgePaths.Keys);
                server.AllowAuthorizationCodeFlow().RequireProofKeyForCodeExchange();
                server.RegisterScopes(Scopes.Profile, Scopes.Email);
                server.RegisterClaims(Claims.PreferredUsername, Claims.Name, Claims.Email, Claims.EmailVerified);
                server.AddSigningKey(Key.Value).AddEncryptionKey(CodeKey).DisableAccessTokenEncryption();
                server.DisableAuthorizationStorage();
                server
                    .UseAspNetCore()
                    .EnableAuthorizationEndpointPassthrough()
                    .EnableUserInfoEndpointPassthrough()
                    .EnableStatusCodePagesIntegration()
                    .DisableTransportSecurityRequirement();
                LookLikeForgejo(server);
                TamperWithIdTokens(server, knobs);
            });
    }

    public static OpenIddictApplicationDescriptor Application(ForgeOptions options) =>
        new()
        {
            ClientId = options.ClientId,
            ClientSecret = options.ClientSecret,
            ClientType = ClientTypes.Confidential,
            ConsentType = ConsentTypes.Implicit,
            DisplayName = "Hero Onboarding",
            Permissions =
            {
                Permissions.Endpoints.Authorization,
                Permissions.Endpoints.Token,
                Permissions.GrantTypes.AuthorizationCode,
                Permissions.ResponseTypes.Code,
                Permissions.Scopes.Profile,
                Permissions.Scopes.Email,
            },
        };

    private static void LookLikeForgejo(OpenIddictServerBuilder server)
    {
        server.AddEventHandler<ApplyConfigurationResponseContext>(on =>
            on.SetOrder(First)
                .UseInlineHandler(context =>
                {
                    context.Response["issuer"] = Issuer(context.BaseUri);
                    context.Response.RemoveParameter("authorization_response_iss_parameter_supported");
                    return ValueTask.CompletedTask;
                })
        );
        server.AddEventHandler<ApplyAuthorizationResponseContext>(on =>
            on.SetOrder(AttachIssuer.Descriptor.Order + 1)
                .UseInlineHandler(context =>
                {
                    context.Response.RemoveParameter("iss");
                    context.Response.RemoveParameter("error_uri");
                    return ValueTask.CompletedTask;
                })
        );
        server.AddEventHandler<ApplyTokenResponseContext>(on =>
            on.SetOrder(First)
                .UseInlineHandler(context =>
                {
                    // Forgejo answers unauthorized_client for a wrong secret and for a wrong verifier, and every
                    // refusal is a 400.
                    var wrongVerifier =
                        context.Error == Errors.InvalidGrant
                        && context.Response.ErrorDescription?.Contains("code_verifier", StringComparison.Ordinal)
                            == true;
                    if (wrongVerifier || context.Error == Errors.InvalidClient)
                        context.Response.Error = Errors.UnauthorizedClient;
                    if (context.Error is not null)
                        context.Response.RemoveParameter("error_uri");
                    else
                        context.Response.TokenType = "bearer";
                    return ValueTask.CompletedTask;
                })
        );
    }

    private static void TamperWithIdTokens(OpenIddictServerBuilder server, ForgeKnobs knobs)
    {
        server.AddEventHandler<HandleJsonWebKeySetRequestContext>(h =>
            h.SetOrder(KeySetOrder)
                .UseInlineHandler(keys =>
                {
                    if (!knobs.KeyRotated)
                        return ValueTask.CompletedTask;
                    var next = new RsaSecurityKey(NextKey.Value.Rsa.ExportParameters(false))
                    {
                        KeyId = NextKey.Value.KeyId,
                    };
                    keys.Keys.Clear();
                    keys.Keys.Add(JsonWebKeyConverter.ConvertFromRSASecurityKey(next));
                    return ValueTask.CompletedTask;
                })
        );
        server.AddEventHandler<GenerateTokenContext>(on =>
            on.SetOrder(GenerateIdentityModelToken.Descriptor.Order - 1)
                .UseInlineHandler(context =>
                {
                    if (context.TokenType != TokenTypeIdentifiers.IdentityToken)
                        return ValueTask.CompletedTask;
                    var token = context.SecurityTokenDescriptor;
                    token.Issuer = knobs.WrongIssuer
                        ? "https://another-forge.example"
                        : Issuer(context.BaseUri) + (knobs.IssuerWithTrailingSlash ? "/" : "");
                    token.Claims ??= new Dictionary<string, object>();
                    if (knobs.WrongAudience)
                        token.Claims[Claims.Audience] = "another-client";
                    if (knobs.WrongNonce)
                        token.Claims[Claims.Nonce] = "another-nonce";
                    if (knobs.KeyRotated)
                        token.SigningCredentials = new SigningCredentials(NextKey.Value, SecurityAlgorithms.RsaSha256);
                    if (knobs.SignWithUnknownKey)
                        token.SigningCredentials = new SigningCredentials(
                            UnknownKey.Value,
                            SecurityAlgorithms.RsaSha256
                        );
                    return ValueTask.CompletedTask;
                })
        );
    }

    private static string Issuer(Uri? baseUri) => baseUri!.AbsoluteUri.TrimEnd('/');

    // One set per process: generating RSA keys takes most of the time of a start.
    private static readonly Lazy<RsaSecurityKey> Key = new(NewKey),
        UnknownKey = new(NewKey),
        NextKey = new(NewKey);

    /// <summary>The key of authorization codes, which only this process reads.</summary>
    private static readonly SymmetricSecurityKey CodeKey = new(RandomNumberGenerator.GetBytes(32));

    /// <summary>The key that signs ID tokens, which the key set lists.</summary>
    public static RsaSecurityKey SigningKey => Key.Value;

    private static RsaSecurityKey NewKey() => new(RSA.Create(2048)) { KeyId = Guid.NewGuid().ToString("N") };
}
