using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.WebUtilities;

namespace HeroOnboarding.Store;

/// <summary>
/// Secrets that a client keeps (a cookie, a token). The store has only their hashes, so a stolen database yields
/// no usable secret.
/// </summary>
internal static class Secrets
{
    /// <summary>The length of a new secret, in characters.</summary>
    public const int Length = 43;

    /// <summary>256 bits from the system's generator, as base64url.</summary>
    public static string New() => WebEncoders.Base64UrlEncode(RandomNumberGenerator.GetBytes(32));

    /// <summary>
    /// SHA-256 in hexadecimal. The secret has 256 random bits and cannot be guessed, so the hash needs neither
    /// salt nor cost.
    /// </summary>
    public static string Hash(string secret) => Convert.ToHexString(SHA256.HashData(Encoding.ASCII.GetBytes(secret)));
}
