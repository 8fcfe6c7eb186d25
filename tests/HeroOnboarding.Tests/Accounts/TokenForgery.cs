using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.WebUtilities;

namespace HeroOnboarding.Tests.Accounts;

/// <summary>Rewrites what a token endpoint answered.</summary>
internal static class TokenForgery
{
    public static async Task<JsonObject> ReadAsync(HttpResponseMessage response)
    {
        await response.Content.LoadIntoBufferAsync();
        return JsonNode.Parse(await response.Content.ReadAsStringAsync())!.AsObject();
    }

    /// <summary>The same claims under another header, signed by <paramref name="sign"/>.</summary>
    /// <param name="response">Of the token endpoint.</param>
    /// <param name="header">JSON of the header; null sends the token as it is.</param>
    /// <param name="sign">From the signing input (RFC 7515) to the signature.</param>
    /// <param name="atHash">
    /// False removes the claim <c>at_hash</c>, which OpenID Connect makes optional in the code flow.
    /// </param>
    public static async Task ResignAsync(
        HttpResponseMessage response,
        string header,
        Func<byte[], byte[]> sign,
        bool atHash
    )
    {
        var answer = await ReadAsync(response);
        var payload = answer["id_token"]!.ToString().Split('.')[1];
        var claims = JsonNode.Parse(WebEncoders.Base64UrlDecode(payload))!.AsObject();
        if (!claims.ContainsKey("at_hash"))
            throw new InvalidOperationException("The simulated Forge sends at_hash.");
        if (!atHash)
            claims.Remove("at_hash");
        var input = Encoded(header) + "." + Encoded(claims.ToJsonString());
        answer["id_token"] = input + "." + WebEncoders.Base64UrlEncode(sign(Encoding.ASCII.GetBytes(input)));
        response.Content = new StringContent(answer.ToJsonString(), Encoding.UTF8, "application/json");
    }

    private static string Encoded(string json) => WebEncoders.Base64UrlEncode(Encoding.UTF8.GetBytes(json));

    /// <summary>HS256 with the client secret: what OpenID Connect once allowed.</summary>
    public static byte[] WithClientSecret(byte[] text) =>
        HMACSHA256.HashData(Encoding.UTF8.GetBytes(ForgePortal.ClientSecret), text);
}
