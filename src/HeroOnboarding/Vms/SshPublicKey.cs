namespace HeroOnboarding.Vms;

/// <summary>An OpenSSH public key line (RFC 4253 section 6.6 in base64, preceded by the type).</summary>
public static class SshPublicKey
{
    private static readonly string[] Types =
    [
        "ssh-ed25519",
        "ssh-rsa",
        "ecdsa-sha2-nistp256",
        "ecdsa-sha2-nistp384",
        "ecdsa-sha2-nistp521",
        "sk-ssh-ed25519@openssh.com",
        "sk-ecdsa-sha2-nistp256@openssh.com",
    ];

    /// <summary>The form field with the key; its value is kept during a sign-in.</summary>
    public static Web.KeptField Field { get; } = new("ssh_public_key", text => TryRead(text, out _));

    /// <summary>Accepts no text (null), or one well-formed line of at most 8,192 characters.</summary>
    /// <param name="key">Type and key, and the comment if it consists of letters, digits and <c>@._-</c>. Any other
    /// comment is removed, because deployers pass the line to other programs.</param>
    public static bool TryRead(string? text, out string? key)
    {
        key = string.IsNullOrWhiteSpace(text) ? null : text.Trim();
        if (key is null)
            return true;
        var parts = key.Split(' ', 3);
        var raw = new byte[8192];
        if (
            key.Length > 8192
            || key.Any(char.IsControl)
            || parts.Length < 2
            || !Types.Contains(parts[0])
            || !Convert.TryFromBase64String(parts[1], raw, out var length)
            || length <= 16
            || !StartsWithType(raw.AsSpan(0, length), parts[0])
        )
            return false;
        if (parts.Length == 3 && !parts[2].All(c => char.IsAsciiLetterOrDigit(c) || c is '@' or '.' or '_' or '-'))
            key = parts[0] + " " + parts[1];
        return true;
    }

    /// <summary>
    /// A stored key as it may leave the portal. Rows of an earlier release may have a comment that is removed.
    /// </summary>
    public static string? Clean(string? stored) => TryRead(stored, out var key) ? key : null;

    /// <summary>
    /// The blob repeats its type as a length-prefixed string; a private key or a truncated line does not.
    /// </summary>
    private static bool StartsWithType(ReadOnlySpan<byte> blob, string type) =>
        System.Buffers.Binary.BinaryPrimitives.ReadInt32BigEndian(blob) == type.Length
        && blob[4..].StartsWith(System.Text.Encoding.ASCII.GetBytes(type));
}
