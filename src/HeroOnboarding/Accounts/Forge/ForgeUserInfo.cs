using System.Net.Http.Headers;
using System.Security.Claims;
using System.Text.Json;
using Microsoft.AspNetCore.Authentication.OpenIdConnect;

namespace HeroOnboarding.Accounts.Forge;

/// <summary>
/// Reads login and e-mail address from the userinfo endpoint (OpenID Connect Core 1.0, section 5.3), for a Forge that
/// omits them from the ID token. Both are for display: a sign-in succeeds when userinfo fails.
/// </summary>
internal static class ForgeUserInfo
{
    /// <summary>Adds to the principal what the ID token lacks. Sends no request when the token has both.</summary>
    public static async Task CompleteAsync(TokenValidatedContext c)
    {
        if (c.Principal?.Identity is not ClaimsIdentity person)
            return;
        if (c.TokenEndpointResponse?.AccessToken is not { Length: > 0 } token)
            return;
        var (login, email) = (person.HasClaim(Has("preferred_username")), person.HasClaim(Has("email")));
        if ((login && email) || await ReadAsync(c, token) is not { } info)
            return;
        // Section 5.3.2: an answer about another subject must not be used.
        if (Text(info, "sub") != person.FindFirst("sub")?.Value)
            return;
        if (!login)
            Add(person, info, "preferred_username");
        if (email || !Add(person, info, "email"))
            return;
        // The token's statement about verification is not about this address.
        foreach (var claim in person.FindAll("email_verified").ToList())
            person.RemoveClaim(claim);
        Add(person, info, "email_verified");
    }

    /// <summary>Reads a boolean claim, which some providers send as text.</summary>
    public static bool IsTrue(string? claim) => bool.TryParse(claim, out var value) && value;

    private static Predicate<Claim> Has(string type) => claim => claim.Type == type && claim.Value.Length > 0;

    private static async Task<JsonElement?> ReadAsync(TokenValidatedContext c, string token)
    {
        var cancel = c.HttpContext.RequestAborted;
        try
        {
            var discovery = await c.Options.ConfigurationManager!.GetConfigurationAsync(cancel);
            if (discovery.UserInfoEndpoint is not { Length: > 0 } address)
                return null;
            using var request = new HttpRequestMessage(HttpMethod.Get, address);
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
            using var response = await c.Options.Backchannel.SendAsync(request, cancel);
            response.EnsureSuccessStatusCode();
            using var document = JsonDocument.Parse(await response.Content.ReadAsByteArrayAsync(cancel));
            return document.RootElement.ValueKind == JsonValueKind.Object ? document.RootElement.Clone() : null;
        }
        catch (Exception e)
            when (!cancel.IsCancellationRequested
                && (
                    e
                    is HttpRequestException
                        or IOException
                        or JsonException
                        or OperationCanceledException
                        or InvalidOperationException
                )
            )
        {
            var logs = c.HttpContext.RequestServices.GetRequiredService<ILoggerFactory>();
            logs.CreateLogger(typeof(ForgeUserInfo))
                .LogWarning(
                    "The Forge's userinfo could not be read; the sign-in goes on without login or e-mail address: "
                        + "{Kind}",
                    e.GetType().Name
                );
            return null;
        }
    }

    private static bool Add(ClaimsIdentity person, JsonElement info, string type)
    {
        if (Text(info, type) is not { Length: > 0 } text)
            return false;
        foreach (var empty in person.FindAll(type).ToList())
            person.RemoveClaim(empty);
        person.AddClaim(new Claim(type, text));
        return true;
    }

    private static string? Text(JsonElement info, string member)
    {
        if (!info.TryGetProperty(member, out var value))
            return null;
        return value.ValueKind switch
        {
            JsonValueKind.String => value.GetString(),
            JsonValueKind.True => bool.TrueString,
            JsonValueKind.False => bool.FalseString,
            _ => null,
        };
    }
}
