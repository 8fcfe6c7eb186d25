using System.Security.Cryptography;
using System.Text.Json;
using HeroOnboarding.Store;
using HeroOnboarding.Web;
using Microsoft.AspNetCore.DataProtection;

namespace HeroOnboarding.Accounts.Mycelium;

/// <summary>
/// A sealed cookie that names the addresses whose code came back right in this browser. Codes that such a browser asks
/// for are counted apart from everybody else's, so that strangers who ask for an address cannot keep its person from
/// it. The mark opens nothing.
/// </summary>
public sealed class KnownBrowser(IDataProtectionProvider protection)
{
    public const string CookieName = "__Host-hero-known";

    /// <summary>Addresses of one browser; the one that was used longest ago is forgotten first.</summary>
    private const int MostAddresses = 4;

    /// <summary>The longest that browsers keep a cookie (RFC 6265bis, section 5.5). Each sign-in renews it.</summary>
    private static readonly TimeSpan Life = TimeSpan.FromDays(400);

    private readonly IDataProtector seal = protection.CreateProtector(
        "HeroOnboarding.Accounts.Mycelium.KnownBrowser.v1"
    );

    /// <param name="Id">256 random bits that no other browser has.</param>
    /// <param name="Addresses">SHA-256 of each, the newest first.</param>
    public sealed record Mark(string Id, IReadOnlyList<string> Addresses)
    {
        /// <summary>
        /// What is stored of the browser with a challenge for this address; null where the mark does not name the
        /// address.
        /// </summary>
        public string? HashFor(string address) => Addresses.Contains(Secrets.Hash(address)) ? Secrets.Hash(Id) : null;
    }

    /// <summary>The mark of the asking browser; null for none and for what we did not seal.</summary>
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

    /// <summary>Notes in the browser that it brought the right code for this address.</summary>
    public void Remember(HttpContext http, string address)
    {
        var (mark, hash) = (Of(http), Secrets.Hash(address));
        IEnumerable<string> others = mark?.Addresses.Where(a => a != hash) ?? [];
        var renewed = new Mark(mark?.Id ?? Secrets.New(), [hash, .. others.Take(MostAddresses - 1)]);
        var sealedMark = seal.Protect(JsonSerializer.Serialize(renewed, Json.Options));
        http.Response.Cookies.Append(CookieName, sealedMark, SecretCookies.Of(Life));
    }
}
