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
/// token without a signature. For a token that names an unknown key the Forge's keys are read once and the token is
/// validated again, so that a key rotation at the Forge does not fail a sign-in.
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
    /// <param name="signature">The third part of the compact form. The validator verifies it when
    /// it is present.</param>
    public static bool IsSigned(string? algorithm, string? keyId, string? signature) =>
        algorithm is not null
        && Algorithms.Contains(algorithm)
        && !string.IsNullOrEmpty(keyId)
        && !string.IsNullOrEmpty(signature);

    /// <summary>
    /// Reads the Forge's current keys. The shared configuration is also renewed, in the background and at most every
    /// five minutes (<see cref="BaseConfigurationManager.RefreshInterval"/>), which is too late for this sign-in.
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

    /// <summary>A copy that the middleware cannot relax.</summary>
    private static TokenValidationParameters Strict(TokenValidationParameters given)
    {
        var strict = given.Clone();
        (strict.RequireSignedTokens, strict.ValidAlgorithms) = (true, Algorithms);
        strict.TryAllIssuerSigningKeys = false;
        return strict;
    }
}
