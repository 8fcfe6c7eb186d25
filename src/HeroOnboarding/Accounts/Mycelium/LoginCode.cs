using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.WebUtilities;

namespace HeroOnboarding.Accounts.Mycelium;

/// <summary>
/// The code of a challenge: 128 random bits. People may bring it back as they found it: hexadecimal, base64, or the
/// message around it.
/// </summary>
internal static partial class LoginCode
{
    /// <summary>In bytes.</summary>
    private const int Length = 16;

    public static byte[] New() => RandomNumberGenerator.GetBytes(Length);

    public static string Hash(byte[] code) => Convert.ToHexString(SHA256.HashData(code));

    /// <summary>
    /// What the person reads on their node: who asks, the code alone on its line, and what never to do with it.
    /// </summary>
    public static string Message(byte[] code, Uri portal, string device, DateTimeOffset until) =>
        $"""
            Sign-in code for {portal.GetLeftPart(UriPartial.Authority)}

            {Convert.ToHexStringLower(code)}

            Asked for by {device}. Valid until {until.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC.
            Enter it only at {portal.GetLeftPart(
                UriPartial.Authority
            )}, in the browser that asked for it. Never pass it on: whoever has it signs in as you.
            If you did not ask for it, do nothing.

            """;

    /// <summary>The code in what somebody entered; null when there is none.</summary>
    public static byte[]? Read(string? text)
    {
        text = text?.Trim();
        if (string.IsNullOrEmpty(text))
            return null;
        if (Lines().Match(text) is { Success: true } found)
            return Convert.FromHexString(found.Groups[1].ValueSpan);
        if (Base64(text) is not { } bytes)
            return null;
        return bytes.Length == Length ? bytes
            : Lines().Match(Encoding.UTF8.GetString(bytes)) is { Success: true } inside
                ? Convert.FromHexString(inside.Groups[1].ValueSpan)
            : null;
    }

    private static byte[]? Base64(string text)
    {
        try
        {
            return WebEncoders.Base64UrlDecode(text.TrimEnd('=').Replace('+', '-').Replace('/', '_'));
        }
        catch (FormatException)
        {
            return null;
        }
    }

    // Alone on its line; a longer run of digits is something else.
    [GeneratedRegex("^[ \t]*([0-9a-fA-F]{32})[ \t]*\r?$", RegexOptions.Multiline)]
    private static partial Regex Lines();
}
