using System.Security.Claims;
using System.Security.Cryptography;
using System.Text.Json;
using HeroOnboarding.Web;
using Microsoft.AspNetCore.DataProtection;

namespace HeroOnboarding.Accounts;

/// <summary>A proven identity that waits for the customer's confirmation.</summary>
/// <param name="SessionHash">The session that was live when the identity was proven.</param>
/// <param name="Until">Unix microseconds.</param>
public abstract record ProvenIdentity(Identity Identity, string SessionHash, long Until);

/// <summary>
/// Seals proven identities into the form of a confirmation page. A sealed text is valid for a limited time and
/// for one session.
/// </summary>
/// <param name="purpose">Unique per page: a text that was sealed for another purpose does not open.</param>
internal sealed class ProvenIdentities<T>(
    IDataProtectionProvider protection,
    string purpose,
    TimeSpan patience,
    TimeProvider clock
)
    where T : ProvenIdentity
{
    private readonly IDataProtector seal = protection.CreateProtector(purpose);

    /// <summary>The longest sealed text that is read, in characters.</summary>
    public const int Longest = 2048;

    /// <summary>The <see cref="ProvenIdentity.Until"/> of an identity that is proven now.</summary>
    public long Until => Instants.ToMicros(clock.Now() + patience);

    public string Seal(T proven) => seal.Protect(JsonSerializer.Serialize(proven, Json.Options));

    /// <returns>Null for a text that the portal did not seal, that has expired, or that was sealed
    /// for another session.</returns>
    public T? Open(string? sealedText, ClaimsPrincipal user)
    {
        if (sealedText is not { Length: > 0 and <= Longest })
            return null;
        try
        {
            var proven = JsonSerializer.Deserialize<T>(seal.Unprotect(sealedText), Json.Options)!;
            return
                proven.SessionHash == user.FindFirstValue(ClaimNames.Session)
                && !Instants.Expired(Instants.FromMicros(proven.Until), clock.Now())
                ? proven
                : null;
        }
        catch (Exception e) when (e is CryptographicException or FormatException)
        {
            return null;
        }
    }
}
