using System.Net;
using System.Net.Sockets;
using System.Numerics;
using Org.BouncyCastle.Crypto.Digests;

namespace HeroOnboarding.Accounts.Mycelium;

/// <summary>
/// Addresses of the Mycelium overlay: 400::/7, derived from a node's public key. A node owns a whole /64 and answers on
/// it, so only the derived address identifies the node (threefoldtech/mycelium, crypto.rs, read at v0.7.10).
/// </summary>
public static class MyceliumAddress
{
    /// <summary>Length of an x25519 public key, in bytes.</summary>
    public const int KeyBytes = 32;

    /// <summary>Reads an address of the overlay in any spelling; null for any other text.</summary>
    public static IPAddress? Read(string? text)
    {
        text = text?.Trim();
        if (text is ['[', .. var inner, ']'])
            text = inner;
        return
            text is { Length: > 1 and < 64 }
            && !text.Contains('%', StringComparison.Ordinal)
            && !text.Contains('/', StringComparison.Ordinal)
            && !text.Contains('[', StringComparison.Ordinal)
            && IPAddress.TryParse(text, out var ip)
            && IsOverlay(ip)
            ? ip
            : null;
    }

    /// <summary>True for an address within 400::/7.</summary>
    public static bool IsOverlay(IPAddress ip) =>
        ip.AddressFamily == AddressFamily.InterNetworkV6 && (ip.GetAddressBytes()[0] & 0xfe) == 0x04;

    /// <summary>
    /// The first 16 bytes of BLAKE3 of the key. The first byte becomes 4, or 5 if it had an odd number of one bits.
    /// </summary>
    public static IPAddress Of(ReadOnlySpan<byte> publicKey)
    {
        if (publicKey.Length != KeyBytes)
            throw new ArgumentException($"A public key has {KeyBytes} bytes.", nameof(publicKey));
        var digest = new Blake3Digest();
        digest.BlockUpdate(publicKey);
        Span<byte> hash = stackalloc byte[KeyBytes];
        digest.DoFinal(hash);
        hash[0] = (byte)(0x04 | (BitOperations.PopCount(hash[0]) % 2));
        return new IPAddress(hash[..16]);
    }

    /// <summary>True when both addresses are in the /64 of one node.</summary>
    public static bool IsSameNode(IPAddress a, IPAddress b) =>
        a.GetAddressBytes().AsSpan(0, 8).SequenceEqual(b.GetAddressBytes().AsSpan(0, 8));
}
