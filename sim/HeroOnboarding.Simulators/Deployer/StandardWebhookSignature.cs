using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace HeroOnboarding.Simulators.Deployer;

/// <summary>
/// The receiving side of Standard Webhooks 1.0.0: <c>v1,</c> + base64 of HMAC-SHA256 over <c>id.timestamp.body</c>; the
/// key is the base64-decoded rest of <c>whsec_…</c>. It shares no code with the portal's sender, so that it checks it.
/// </summary>
public static class StandardWebhookSignature
{
    private const string SecretPrefix = "whsec_";
    private const string VersionPrefix = "v1,";

    /// <summary>
    /// The tolerated difference of the sender's clock, in both directions (Standard Webhooks specification).
    /// </summary>
    public static readonly TimeSpan Tolerance = TimeSpan.FromMinutes(5);

    /// <summary>Computes the signature <c>v1,…</c> of one message.</summary>
    /// <param name="secret"><c>whsec_</c> + base64.</param>
    /// <param name="id">The <c>webhook-id</c> header.</param>
    /// <param name="timestamp">The <c>webhook-timestamp</c> header: Unix seconds as decimal text.</param>
    /// <param name="body">The raw body.</param>
    /// <exception cref="FormatException">The secret does not have this form.</exception>
    public static string Sign(string secret, string id, string timestamp, ReadOnlySpan<byte> body)
    {
        if (!secret.StartsWith(SecretPrefix, StringComparison.Ordinal))
            throw new FormatException("A webhook secret starts with whsec_.");
        var key = Convert.FromBase64String(secret[SecretPrefix.Length..]);
        byte[] content = [.. Encoding.UTF8.GetBytes($"{id}.{timestamp}."), .. body];
        return VersionPrefix + Convert.ToBase64String(HMACSHA256.HashData(key, content));
    }

    /// <summary>Why the message must be refused; null when it is valid and recent.</summary>
    /// <param name="secret"><c>whsec_</c> + base64.</param>
    /// <param name="id">The <c>webhook-id</c> header.</param>
    /// <param name="timestamp">The <c>webhook-timestamp</c> header.</param>
    /// <param name="signatures">The <c>webhook-signature</c> header: one or more signatures,
    /// separated by spaces.</param>
    /// <param name="body">The raw body.</param>
    /// <param name="now">The receiver's clock.</param>
    public static string? Refusal(
        string secret,
        string? id,
        string? timestamp,
        string? signatures,
        ReadOnlySpan<byte> body,
        DateTimeOffset now
    )
    {
        if (string.IsNullOrEmpty(id) || id.Contains('.', StringComparison.Ordinal))
            return "webhook-id is missing or contains a dot";
        if (!long.TryParse(timestamp, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds))
            return "webhook-timestamp is no number";
        if (Math.Abs((double)now.ToUnixTimeSeconds() - seconds) > Tolerance.TotalSeconds)
            return "webhook-timestamp is too far from now";
        var expected = Encoding.UTF8.GetBytes(Sign(secret, id, timestamp, body));
        var genuine = false;
        foreach (var signature in (signatures ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            genuine |= CryptographicOperations.FixedTimeEquals(expected, Encoding.UTF8.GetBytes(signature));
        }
        return genuine ? null : "webhook-signature matches no v1 signature";
    }

    /// <summary>A new secret of 32 random bytes.</summary>
    public static string NewSecret() => SecretPrefix + Convert.ToBase64String(RandomNumberGenerator.GetBytes(32));
}
