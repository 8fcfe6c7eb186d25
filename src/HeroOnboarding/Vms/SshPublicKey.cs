namespace HeroOnboarding.Vms;

/// <summary>An OpenSSH public key line (RFC 4253 section 6.6 in base64, with the type in front).</summary>
public static class SshPublicKey
{
    private static readonly string[] Types =
    [
        "ssh-ed25519", "ssh-rsa", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521", "sk-ssh-ed25519@openssh.com", "sk-ecdsa-sha2-nistp256@openssh.com",
    ];

    /// <summary>The form field with the key; it survives a sign-in.</summary>
    public static Web.KeptField Field { get; } = new("ssh_public_key", text => TryRead(text, out _));

    /// <summary>Accepts nothing at all (null), or one well-formed line of at most 8,192 characters.</summary>
    public static bool TryRead(string? text, out string? key)
    {
        key = string.IsNullOrWhiteSpace(text) ? null : text.Trim();
        if (key is null)
            return true;
        var parts = key.Split(' ', 3);
        var raw = new byte[8192];
        return key.Length <= 8192 && !key.Any(char.IsControl) && parts.Length >= 2 && Types.Contains(parts[0])
            && Convert.TryFromBase64String(parts[1], raw, out var length) && length > 16 && StartsWithType(raw.AsSpan(0, length), parts[0]);
    }

    /// <summary>The blob repeats its type as a length-prefixed string; a private key or a cut line does not.</summary>
    private static bool StartsWithType(ReadOnlySpan<byte> blob, string type) =>
        System.Buffers.Binary.BinaryPrimitives.ReadInt32BigEndian(blob) == type.Length && blob[4..].StartsWith(System.Text.Encoding.ASCII.GetBytes(type));
}
