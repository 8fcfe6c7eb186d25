using System.Security.Claims;

namespace HeroOnboarding.Web;

/// <summary>The scopes of machine tokens.</summary>
public static class TokenScopes
{
    /// <summary>Manages the pool: refreshes, maintenance, reports of erased machines.</summary>
    public const string Pool = "pool";

    /// <summary>Reports the result of an erasure.</summary>
    public const string Deployer = "deployer";

    /// <summary>Runs jobs.</summary>
    public const string Tick = "tick";

    /// <summary>Reads the lists that viewers see.</summary>
    public const string Read = "read";

    private const string Usage = "usage:";

    /// <summary>The scopes without a node, and their meaning.</summary>
    public static IReadOnlyList<(string Name, string Meaning)> Plain { get; } =
    [
        (Pool, "Refresh the pool, maintenance and back, erased"),
        (Deployer, "Say that a machine was erased, or that erasing failed"),
        (Tick, "Run auto-release and jobs now"),
        (Read, "Read the lists that viewers see"),
    ];

    /// <summary>The scope of one node that reports its usage.</summary>
    public static string UsageOf(string nodeId) => Usage + nodeId;

    /// <summary>The scopes of the token that a program sent; null for a request without a token.</summary>
    public static IReadOnlyList<string>? Scopes(this ClaimsPrincipal user) =>
        user.FindFirstValue(ClaimNames.Scopes)?.Split(' ', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>True when the token has one of the accepted scopes.</summary>
    public static bool Fit(IReadOnlyList<string> has, IReadOnlyList<string> wanted) => has.Any(wanted.Contains);

    /// <summary>The refusal for a token without a suitable scope.</summary>
    /// <param name="wanted">Scopes of which one would be enough; empty when no token may call the route.</param>
    public static Refusal Refuse(IReadOnlyList<string> has, params IReadOnlyList<string> wanted) =>
        wanted.Count == 0
            ? Refusals.TokenScope with
            {
                Detail = "No token may do this.",
                Next = "Send the operator secret, or sign in at /admin/login.",
            }
            : Refusals.TokenScope with
            {
                Detail =
                    $"This needs a token with the scope {string.Join(" or ", wanted)}; "
                    + $"this one has {string.Join(", ", has)}.",
            };

    /// <summary>
    /// Parses scopes separated by spaces or commas, each once, in a fixed order; a node id adds its usage scope.
    /// </summary>
    /// <returns>Null when there is none, or an unknown one.</returns>
    public static IReadOnlyList<string>? Parse(string? text, string? nodeId = null)
    {
        var words = (text ?? "")
            .Split([' ', ','], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .ToList();
        if (nodeId is not null)
            words.Add(UsageOf(nodeId));
        var known = Plain.Select(p => p.Name).ToList();
        return
            words.Count == 0
            || words.Count > 50
            || !words.All(w =>
                known.Contains(w) || (w.StartsWith(Usage, StringComparison.Ordinal) && IsName(w[Usage.Length..]))
            )
            ? null
            :
            [
                .. words
                    .Distinct()
                    .OrderBy(w => known.IndexOf(w) is var at and >= 0 ? at : known.Count)
                    .ThenBy(w => w, StringComparer.Ordinal),
            ];
    }

    /// <summary>True for lower-case letters, digits and hyphens, as in names of tokens and in node ids.</summary>
    public static bool IsName(string? text) =>
        text is { Length: > 0 and <= 63 }
        && text[0] != '-'
        && text.All(c => c is '-' || char.IsAsciiDigit(c) || char.IsAsciiLetterLower(c));
}

/// <summary>Route metadata: the accepted scopes of machine tokens; one is enough.</summary>
public sealed record Scope(params string[] Names);
