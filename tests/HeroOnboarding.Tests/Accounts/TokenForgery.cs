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
    public static async Task ResignAsync(HttpResponseMessage response, string algorithm, Func<byte[], byte[]> sign)
    {
        var answer = await ReadAsync(response);
        var claims = answer["id_token"]!.ToString().Split('.')[1];
        var header = WebEncoders.Base64UrlEncode(Encoding.UTF8.GetBytes($$"""{"alg":"{{algorithm}}","typ":"JWT"}"""));
        var signature = WebEncoders.Base64UrlEncode(sign(Encoding.ASCII.GetBytes($"{header}.{claims}")));
        answer["id_token"] = $"{header}.{claims}.{signature}";
        response.Content = new StringContent(answer.ToJsonString(), Encoding.UTF8, "application/json");
    }

    /// <summary>HS256 with the client secret: what OpenID Connect once allowed.</summary>
    public static byte[] WithClientSecret(byte[] text) => HMACSHA256.HashData(Encoding.UTF8.GetBytes(ForgePortal.ClientSecret), text);
}
