using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.AspNetCore.DataProtection;

namespace HeroOnboarding.Web;

/// <summary>A form field whose value is kept during a sign-in.</summary>
/// <param name="IsGood">True for a value that the route would accept; only such a value is kept.</param>
public sealed record KeptField(string Name, Func<string, bool> IsGood);

/// <summary>Route metadata: the values of these fields are kept during a sign-in.</summary>
public sealed record KeepsInputs(params KeptField[] Fields);

/// <summary>
/// Keeps the input of a form whose session had ended. The form is not sent again after the sign-in; its page shows the
/// values once, for the customer to check and send. They are stored in a sealed cookie for half an hour.
/// </summary>
/// <remarks>
/// The form carries a sealed id of the account whose page it was on, and the values return to that account only.
/// Another customer who signs in with the same browser does not get them, and a form of another site or account cannot
/// place an SSH key in a customer's page.
/// </remarks>
public sealed class KeptInputs(IDataProtectionProvider protection, TimeProvider clock)
{
    /// <summary>The hidden field with the sealed account.</summary>
    public const string MarkField = "page_of";

    private const string CookieName = "__Host-hero-kept";

    /// <summary>
    /// The largest cookie in characters: browsers drop cookies that are larger. A larger text is not kept.
    /// </summary>
    private const int LongestCookie = 3800;

    private static readonly TimeSpan Life = TimeSpan.FromMinutes(30);

    private readonly IDataProtector marks = protection.CreateProtector("HeroOnboarding.Web.KeptInputs.Mark.v1");
    private readonly IDataProtector cookies = protection.CreateProtector("HeroOnboarding.Web.KeptInputs.Cookie.v1");

    private sealed record Kept(string AccountSid, string Route, Dictionary<string, string> Values, long Until);

    /// <summary>The value of <see cref="MarkField"/> on a page of this account.</summary>
    public string Mark(string accountSid) => marks.Protect(accountSid);

    /// <summary>Keeps the declared fields of a form whose session has ended. Does nothing for other requests.</summary>
    internal async Task KeepAsync(HttpContext http)
    {
        if (http.GetEndpoint()?.Metadata.GetMetadata<KeepsInputs>() is not { } keeps || !http.Request.IsForm())
            return;
        var form = await http.FormAsync();
        var values = keeps
            .Fields.Select(f => (f.Name, Value: form[f.Name].ToString(), f.IsGood))
            .Where(f => f.Value.Length > 0 && f.IsGood(f.Value))
            .ToDictionary(f => f.Name, f => f.Value);
        if (values.Count == 0 || Open(marks, form[MarkField]) is not { } account)
            return;
        var kept = new Kept(account, http.Request.Path, values, Instants.ToMicros(clock.Now() + Life));
        var text = cookies.Protect(JsonSerializer.Serialize(kept, Json.Options));
        if (text.Length <= LongestCookie)
            http.Response.Cookies.Append(CookieName, text, SecretCookies.Of(Life));
    }

    /// <summary>Returns and removes the kept values of a route's form.</summary>
    /// <param name="route">The path that the form was sent to.</param>
    /// <returns>Empty when nothing was kept, when it has expired, or when another account sent the form.</returns>
    public IReadOnlyDictionary<string, string> Take(HttpContext http, string route)
    {
        var none = new Dictionary<string, string>();
        if (!http.User.IsCustomer() || Open(cookies, http.Request.Cookies[CookieName]) is not { } text)
            return none;
        var kept = JsonSerializer.Deserialize<Kept>(text, Json.Options)!;
        if (kept.Route != route)
            return none;
        http.Response.Cookies.Delete(CookieName, SecretCookies.Of(null));
        var isOver = Instants.Expired(Instants.FromMicros(kept.Until), clock.Now());
        return isOver || kept.AccountSid != http.User.AccountSid() ? none : kept.Values;
    }

    private static string? Open(IDataProtector seal, string? text)
    {
        if (text is not { Length: > 0 and <= LongestCookie })
            return null;
        try
        {
            return seal.Unprotect(text);
        }
        catch (Exception e) when (e is CryptographicException or FormatException)
        {
            return null;
        }
    }
}
