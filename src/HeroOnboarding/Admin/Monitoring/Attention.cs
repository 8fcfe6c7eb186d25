namespace HeroOnboarding.Admin.Monitoring;

/// <summary>Something a person has to look at, and where.</summary>
/// <param name="Tone"><c>bad</c>: customers feel it now; <c>warn</c>: they will.</param>
/// <param name="Href">Where it can be done, or looked at.</param>
/// <param name="Action">What to do there.</param>
public sealed record Attention(string Tone, string Label, string Text, string Href, string Action = "Look")
{
    /// <summary>What can be done right here instead: a route and its one field.</summary>
    public (string Route, string Field, string Value)? Press { get; init; }
}
