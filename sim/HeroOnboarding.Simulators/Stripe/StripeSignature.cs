using System.Security.Cryptography;
using System.Text;

namespace HeroOnboarding.Simulators.Stripe;

/// <summary>
/// Stripe's webhook signature: HMAC-SHA256 in lower-case hex over <c>timestamp.body</c>; the key is the whole text of
/// the endpoint's secret (Stripe documentation). It does not use Stripe's library, so that it tests the portal's use
/// of that library.
/// </summary>
public static class StripeSignature
{
    /// <summary>The <c>v1</c> signature of one body.</summary>
    /// <param name="payload">The body; it is signed as UTF-8.</param>
    /// <param name="secret">Its whole text is the key, <c>whsec_</c> included.</param>
    /// <param name="time">Signed in whole seconds.</param>
    public static string Sign(string payload, string secret, DateTimeOffset time) =>
        Convert.ToHexStringLower(
            HMACSHA256.HashData(
                Encoding.UTF8.GetBytes(secret),
                Encoding.UTF8.GetBytes($"{time.ToUnixTimeSeconds()}.{payload}")
            )
        );

    /// <summary>Computes the whole header <c>Stripe-Signature</c>.</summary>
    /// <param name="payload">The body.</param>
    /// <param name="time">When it is sent.</param>
    /// <param name="decoy">Appends an invalid <c>v0</c> signature, as Stripe does in test mode.</param>
    /// <param name="secrets">One, or two while the endpoint's secret is being rotated: a <c>v1</c> each.</param>
    public static string Header(string payload, DateTimeOffset time, bool decoy, params IReadOnlyList<string> secrets)
    {
        var parts = secrets
            .Select(secret => "v1=" + Sign(payload, secret, time))
            .Prepend($"t={time.ToUnixTimeSeconds()}");
        return string.Join(',', decoy ? parts.Append("v0=" + Sign(payload, "decoy", time)) : parts);
    }
}
