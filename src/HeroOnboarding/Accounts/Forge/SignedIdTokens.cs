using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace HeroOnboarding.Accounts.Forge;

/// <summary>
/// Validates ID tokens and accepts only tokens that are signed with a listed algorithm by a key that the token names.
/// The OpenID Connect middleware turns <c>RequireSignedTokens</c> off in the code flow (OpenID Connect Core 1.0, section 3.1.3.7, permits
/// that, because TLS protects the token endpoint), and an algorithm list does not apply to a token that has no signature.
/// </summary>
internal sealed class SignedIdTokens : JsonWebTokenHandler
{
    /// <summary>Names as in RFC 7518, section 3.1. Both are asymmetric: the client secret cannot make such a signature.</summary>
    public static readonly IReadOnlyList<string> Algorithms = ["RS256", "ES256"];

    /// <inheritdoc/>
    public override async Task<TokenValidationResult> ValidateTokenAsync(string token, TokenValidationParameters validationParameters)
    {
        var result = await base.ValidateTokenAsync(token, Strict(validationParameters));
        if (!result.IsValid || result.SecurityToken is JsonWebToken valid && IsSigned(valid.Alg, valid.Kid, valid.EncodedSignature))
            return result;
        return new TokenValidationResult
        {
            IsValid = false,
            Exception = new SecurityTokenInvalidSignatureException("The ID token is not signed as required."),
        };
    }

    /// <summary>True for a validated token that has a listed algorithm, names its key, and carries a signature.</summary>
    /// <param name="algorithm">Header <c>alg</c>.</param>
    /// <param name="keyId">Header <c>kid</c>.</param>
    /// <param name="signature">The third part of the compact form. A validator verifies it whenever it is there.</param>
    public static bool IsSigned(string? algorithm, string? keyId, string? signature) =>
        algorithm is not null && Algorithms.Contains(algorithm) && !string.IsNullOrEmpty(keyId) && !string.IsNullOrEmpty(signature);

    /// <summary>A copy that cannot be loosened by what the middleware sets for a flow.</summary>
    private static TokenValidationParameters Strict(TokenValidationParameters given)
    {
        var strict = given.Clone();
        (strict.RequireSignedTokens, strict.ValidAlgorithms, strict.TryAllIssuerSigningKeys) = (true, Algorithms, false);
        return strict;
    }
}
