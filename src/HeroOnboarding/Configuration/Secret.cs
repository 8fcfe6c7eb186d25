using System.Security.Cryptography;
using System.Text;

namespace HeroOnboarding.Configuration;

/// <summary>A value that prints as <c>***</c> in logs, pages and errors.</summary>
public sealed class Secret(string value)
{
    private readonly byte[] hash = SHA256.HashData(Encoding.UTF8.GetBytes(value));

    /// <summary>The value itself, for the code that uses it.</summary>
    public string Reveal() => value;

    public int Bytes => Encoding.UTF8.GetByteCount(value);

    /// <summary>Compares in constant time, independent of the lengths.</summary>
    public bool Matches(string? candidate) =>
        CryptographicOperations.FixedTimeEquals(hash, SHA256.HashData(Encoding.UTF8.GetBytes(candidate ?? "")))
        && candidate is not null;

    /// <summary>
    /// HMAC-SHA256 of a text under this secret, as lower-case hex: proves later that the same secret was used,
    /// without revealing it.
    /// </summary>
    public string Mark(string text) =>
        Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(value), Encoding.UTF8.GetBytes(text)));

    public override string ToString() => "***";
}
