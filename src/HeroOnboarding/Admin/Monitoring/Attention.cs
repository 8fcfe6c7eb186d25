namespace HeroOnboarding.Admin.Monitoring;

/// <summary>An item on the overview that needs an operator.</summary>
/// <param name="Tone"><c>bad</c>: customers are affected now; <c>warn</c>: they will be.</param>
/// <param name="Href">The page on which the operator can act or find details.</param>
/// <param name="Action">The label of the link.</param>
public sealed record Attention(string Tone, string Label, string Text, string Href, string Action = "Look")
{
    /// <summary>A button on the overview itself: the route of its form, and the form's one field.</summary>
    public (string Route, string Field, string Value)? Press { get; init; }
}
