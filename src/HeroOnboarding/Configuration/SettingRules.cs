using System.ComponentModel.DataAnnotations;
using System.Text;

namespace HeroOnboarding.Configuration;

/// <summary>The smallest number of bytes in UTF-8.</summary>
/// <param name="example">A command that creates such a value, for the sentence; null for none.</param>
[AttributeUsage(AttributeTargets.Property)]
public sealed class MinBytesAttribute(int bytes, string? example = null) : SettingRuleAttribute
{
    public int Bytes => bytes;
    public string? Example => example;

    protected override string? Mistake(string name, string text, ValidationContext context)
    {
        var has = Encoding.UTF8.GetByteCount(text);
        return has >= bytes
            ? null
            : $"{name} has {has} bytes; it needs at least {bytes}"
                + (example is null ? "." : $" (for example: {example}).");
    }
}

/// <summary>A link for customers: https or mailto.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class HttpsOrMailtoAttribute : SettingRuleAttribute
{
    protected override string? Mistake(string name, string text, ValidationContext context) =>
        Uri.TryCreate(text, UriKind.Absolute, out var url) && url.Scheme is "https" or "mailto"
            ? null
            : $"{name} is '{text}'; it must be an https or mailto link.";
}
