using System.Security.Cryptography;
using System.Text;

namespace HeroOnboarding.Simulators.Idenfy;

/// <summary>
/// Header <c>Idenfy-Signature</c>: lowercase hex of HMAC-SHA256 over the raw body; the key is the signing key in UTF-8
/// (iDenfy, callback signing). It contains no time, so a callback can be replayed at any time. It shares no code with
/// the portal's check, so that it tests it.
/// </summary>
public static class IdenfySignature
{
    /// <summary>Name of the header.</summary>
    public const string Header = "Idenfy-Signature";

    /// <summary>The signature of a raw body: 64 lowercase hex digits.</summary>
    public static string Sign(ReadOnlySpan<byte> body, string key) =>
        Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(key), body));

    /// <summary>The signature of a body that is sent as UTF-8.</summary>
    public static string Sign(string body, string key) => Sign(Encoding.UTF8.GetBytes(body), key);
}
