using System.Net;
using System.Numerics;
using System.Security.Cryptography;
using System.Text;
using Org.BouncyCastle.Crypto.Digests;
using Org.BouncyCastle.Math.EC.Rfc7748;

namespace HeroOnboarding.Simulators.Mycelium;

/// <summary>
/// A node's address, which is a hash of its public key (mycelium, crypto.rs). It shares no code with the portal's
/// derivation, so that it tests it. The addresses in Mycelium's own examples predate the current hash.
/// </summary>
public static class MyceliumAddress
{
    /// <summary>Bytes of a public or private key.</summary>
    public const int KeyLength = 32;

    private const int AddressLength = 16;
    private const int SubnetLength = 8;

    /// <summary>The address that belongs to a public key of 32 bytes; it lies in 400::/7.</summary>
    public static IPAddress Of(ReadOnlySpan<byte> publicKey)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(publicKey.Length, KeyLength);
        var blake3 = new Blake3Digest();
        blake3.BlockUpdate(publicKey);
        Span<byte> hash = stackalloc byte[blake3.GetDigestSize()];
        blake3.DoFinal(hash);
        hash[0] = (byte)(0x04 | (BitOperations.PopCount(hash[0]) % 2));
        return new IPAddress(hash[..AddressLength]);
    }

    /// <summary>The public key that belongs to a private key (x25519).</summary>
    public static byte[] PublicKeyOf(ReadOnlySpan<byte> privateKey)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(privateKey.Length, KeyLength);
        var publicKey = new byte[KeyLength];
        X25519.ScalarMultBase(privateKey, publicKey);
        return publicKey;
    }

    /// <summary>
    /// The /64 of an address, for example <c>548:c783:d7ce:74a3::/64</c>; all of it belongs to one node.
    /// </summary>
    public static string SubnetOf(IPAddress address) => InSubnet(address, 0) + "/64";

    /// <summary>Another address in the same /64.</summary>
    internal static IPAddress InSubnet(IPAddress address, ulong host)
    {
        var bytes = address.GetAddressBytes();
        System.Buffers.Binary.BinaryPrimitives.WriteUInt64BigEndian(bytes.AsSpan(SubnetLength), host);
        return new IPAddress(bytes);
    }

    /// <summary>True when both addresses are in one /64.</summary>
    internal static bool SameSubnet(IPAddress one, IPAddress other) =>
        one.GetAddressBytes() is { Length: AddressLength } first
        && other.GetAddressBytes() is { Length: AddressLength } second
        && first.AsSpan(0, SubnetLength).SequenceEqual(second.AsSpan(0, SubnetLength));

    /// <summary>The key for a name: the same in every run, so that addresses are stable.</summary>
    internal static byte[] PrivateKeyOf(string name) =>
        SHA256.HashData(Encoding.UTF8.GetBytes("simulated mycelium node " + name));
}
