using Microsoft.OpenApi;

namespace HeroOnboarding.Web;

/// <summary>For the API description: what a route reads itself from the query string or a header.</summary>
/// <param name="Values">What may stand there; null for any text, or a whole number where there are bounds.</param>
public sealed record RequestParameter(string Name, string Description, IReadOnlyList<string>? Values = null)
{
    public ParameterLocation In { get; init; } = ParameterLocation.Query;

    public bool IsRequired { get; init; }

    /// <summary>Least and most of a whole number; null for a text.</summary>
    public (int Least, int Most)? Bounds { get; init; }

    /// <summary>What holds without it.</summary>
    public string? Default { get; init; }

    /// <summary>Longest text in UTF-16 units.</summary>
    public int? Longest { get; init; }
}
