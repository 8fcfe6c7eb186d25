using System.Security.Cryptography;
using System.Text.Json;
using HeroOnboarding.Store;
using HeroOnboarding.Web;
using Microsoft.AspNetCore.DataProtection;

namespace HeroOnboarding.Accounts.Mycelium;

/// <summary>
/// A sealed cookie that names the addresses whose code was entered correctly in this browser. Codes that such a browser
/// requests have a limit of their own, so that strangers who request codes for an address cannot lock its owner out.
/// The cookie grants no access.
/// </summary>
public sealed class KnownBrowser(IDataProtectionProvider protection)
{
    public const string CookieName = "__Host-hero-known";

    /// <summary>The largest number of addresses per browser; the least recently used is removed first.</summary>
    private const int MostAddresses = 4;

    /// <summary>
    /// The longest time that browsers keep a cookie (RFC 6265bis, section 5.5). Each sign-in renews it.
    /// </summary>
    private static readonly TimeSpan Life = TimeSpan.FromDays(400);

    private readonly IDataProtector seal = protection.CreateProtector(
        "HeroOnboarding.Accounts.Mycelium.KnownBrowser.v1"
    );

    /// <param name="Id">256 random bits.</param>
    /// <param name="Addresses">SHA-256 of each address, the newest first.</param>
    public sealed record Mark(string Id, IReadOnlyList<string> Addresses)
    {
        /// <summary>
        /// The hash that is stored with a challenge for this address; null when the cookie does not name the address.
        /// </summary>
        public string? HashFor(string address) => Addresses.Contains(Secrets.Hash(address)) ? Secrets.Hash(Id) : null;
    }

    /// <summary>The cookie of the request; null for none and for one that the portal did not seal.</summary>
    public Mark? Of(HttpContext http)
    {
        if (http.Request.Cookies[CookieName] is not { Length: > 0 and <= 2048 } cookie)
            return null;
        try
        {
            return JsonSerializer.Deserialize<Mark>(seal.Unprotect(cookie), Json.Options);
        }
        catch (Exception e) when (e is CryptographicException or FormatException or JsonException)
        {
            return null;
        }
    }

    /// <summary>Adds to the cookie that this browser entered the right code for this address.</summary>
    public void Remember(HttpContext http, string address)
    {
        var (mark, hash) = (Of(http), Secrets.Hash(address));
        IEnumerable<string> others = mark?.Addresses.Where(a => a != hash) ?? [];
        var renewed = new Mark(mark?.Id ?? Secrets.New(), [hash, .. others.Take(MostAddresses - 1)]);
        var sealedMark = seal.Protect(JsonSerializer.Serialize(renewed, Json.Options));
        http.Response.Cookies.Append(CookieName, sealedMark, SecretCookies.Of(Life));
    }
}
