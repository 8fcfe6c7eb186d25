using Microsoft.OpenApi;

namespace HeroOnboarding.Web;

/// <summary>For the API description: a parameter that a route reads from the query string or a header.</summary>
/// <param name="Values">The accepted values; null for any text, or a whole number where there are bounds.</param>
public sealed record RequestParameter(string Name, string Description, IReadOnlyList<string>? Values = null)
{
    public ParameterLocation In { get; init; } = ParameterLocation.Query;

    public bool IsRequired { get; init; }

    /// <summary>The smallest and the largest whole number; null for a text.</summary>
    public (int Least, int Most)? Bounds { get; init; }

    /// <summary>The value that applies without the parameter.</summary>
    public string? Default { get; init; }

    /// <summary>The longest text, in UTF-16 units.</summary>
    public int? Longest { get; init; }
}
