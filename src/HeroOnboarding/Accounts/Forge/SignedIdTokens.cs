using Microsoft.AspNetCore.Authentication.OpenIdConnect;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Protocols;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;
using Microsoft.IdentityModel.Tokens;

namespace HeroOnboarding.Accounts.Forge;

/// <summary>
/// Validates ID tokens and accepts only tokens that are signed with a listed algorithm by a key that the token names.
/// The OpenID Connect middleware turns <c>RequireSignedTokens</c> off in the code flow (OpenID Connect Core 1.0,
/// section 3.1.3.7, permits that, because TLS protects the token endpoint), and an algorithm list does not apply to a
/// token that has no signature. A token that names an unknown key makes it fetch the Forge's keys once and validate the
/// same token again, so that a key rotation at the Forge costs nobody a sign-in.
/// </summary>
internal sealed class SignedIdTokens(OpenIdConnectOptions options) : JsonWebTokenHandler
{
    /// <summary>
    /// Names as in RFC 7518, section 3.1. Both are asymmetric: the client secret cannot make such a signature.
    /// </summary>
    public static readonly IReadOnlyList<string> Algorithms = ["RS256", "ES256"];

    /// <inheritdoc/>
    public override async Task<TokenValidationResult> ValidateTokenAsync(
        string token,
        TokenValidationParameters validationParameters
    )
    {
        var strict = Strict(validationParameters);
        var result = await base.ValidateTokenAsync(token, strict);
        var unknown = result.Exception is SecurityTokenSignatureKeyNotFoundException;
        if (unknown && new JsonWebToken(token).Kid is { Length: > 0 })
            result = await base.ValidateTokenAsync(token, await WithFreshKeysAsync(strict));
        if (!result.IsValid)
            return result;
        if (result.SecurityToken is JsonWebToken valid && IsSigned(valid.Alg, valid.Kid, valid.EncodedSignature))
            return result;
        return new TokenValidationResult
        {
            IsValid = false,
            Exception = new SecurityTokenInvalidSignatureException("The ID token is not signed as required."),
        };
    }

    /// <summary>
    /// True for a validated token that has a listed algorithm, names its key, and carries a signature.
    /// </summary>
    /// <param name="algorithm">Header <c>alg</c>.</param>
    /// <param name="keyId">Header <c>kid</c>.</param>
    /// <param name="signature">
    /// The third part of the compact form. A validator verifies it whenever it is there.
    /// </param>
    public static bool IsSigned(string? algorithm, string? keyId, string? signature) =>
        algorithm is not null
        && Algorithms.Contains(algorithm)
        && !string.IsNullOrEmpty(keyId)
        && !string.IsNullOrEmpty(signature);

    /// <summary>
    /// The keys as the Forge lists them now. The shared configuration is renewed as well, in the background and at most
    /// every five minutes (<see cref="BaseConfigurationManager.RefreshInterval"/>); this sign-in cannot wait for that.
    /// </summary>
    /// <exception cref="IOException">The Forge does not answer.</exception>
    private async Task<TokenValidationParameters> WithFreshKeysAsync(TokenValidationParameters strict)
    {
        options.ConfigurationManager?.RequestRefresh();
        var documents = new HttpDocumentRetriever(options.Backchannel) { RequireHttps = options.RequireHttpsMetadata };
        var now = await OpenIdConnectConfigurationRetriever.GetAsync(
            options.MetadataAddress,
            documents,
            CancellationToken.None
        );
        var fresh = strict.Clone();
        (fresh.ConfigurationManager, fresh.IssuerSigningKeys) = (null, now.SigningKeys);
        return fresh;
    }

    /// <summary>A copy that cannot be loosened by what the middleware sets for a flow.</summary>
    private static TokenValidationParameters Strict(TokenValidationParameters given)
    {
        var strict = given.Clone();
        (strict.RequireSignedTokens, strict.ValidAlgorithms) = (true, Algorithms);
        strict.TryAllIssuerSigningKeys = false;
        return strict;
    }
}
