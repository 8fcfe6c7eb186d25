using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.WebUtilities;

namespace HeroOnboarding.Accounts.Mycelium;

/// <summary>
/// The code of a challenge: 128 random bits. It is accepted as hexadecimal, as base64, or within the whole message.
/// </summary>
internal static partial class LoginCode
{
    /// <summary>The length in bytes.</summary>
    private const int Length = 16;

    public static byte[] New() => RandomNumberGenerator.GetBytes(Length);

    public static string Hash(byte[] code) => Convert.ToHexString(SHA256.HashData(code));

    /// <summary>The message to the node: who requested the code, the code alone on a line, and a warning.</summary>
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

    /// <summary>Finds the code in the entered text; null when there is none.</summary>
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

    // Alone on a line; a longer run of digits is not a code.
    [GeneratedRegex("^[ \t]*([0-9a-fA-F]{32})[ \t]*\r?$", RegexOptions.Multiline)]
    private static partial Regex Lines();
}
