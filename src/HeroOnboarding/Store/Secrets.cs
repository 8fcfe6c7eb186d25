using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.WebUtilities;

namespace HeroOnboarding.Store;

/// <summary>
/// Secrets that somebody else keeps (a cookie, a token). The store has only their hashes, so that a stolen database
/// opens nothing.
/// </summary>
internal static class Secrets
{
    /// <summary>How long a new one is, in characters.</summary>
    public const int Length = 43;

    /// <summary>256 bits from the system's generator, as base64url.</summary>
    public static string New() => WebEncoders.Base64UrlEncode(RandomNumberGenerator.GetBytes(32));

    /// <summary>
    /// SHA-256 in hexadecimal. What is hashed cannot be guessed, so it needs no salt and no slow hash.
    /// </summary>
    public static string Hash(string secret) => Convert.ToHexString(SHA256.HashData(Encoding.ASCII.GetBytes(secret)));
}
