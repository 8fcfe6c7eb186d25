using System.ComponentModel;

namespace HeroOnboarding.Web;

/// <summary>A refusal: RFC 9457 problem details with a stable code (docs/refusals.md).</summary>
public sealed record Problem(
    [property: Description("Always about:blank; the code says which problem it is.")] string Type,
    [property: Description("What happened, as a sentence.")] string Title,
    [property: Description("The HTTP status.")] int Status,
    [property: Description("What exactly was wrong with this request, or else what to do next.")] string Detail,
    [property: Description("Stable name of the refusal: branch on it (docs/refusals.md).")] string Code,
    [property: Description("What to do next, as a sentence.")] string Next,
    [property: Description("32 hexadecimal digits; support finds the request by them.")] string TraceId,
    [property: Description("Every single mistake, for bodies with many entries.")] IReadOnlyList<string>? Errors
)
{
    public const string MediaType = "application/problem+json";

    public static Problem Of(Refusal refusal, string trace) =>
        new(
            "about:blank",
            refusal.Title,
            refusal.Status,
            refusal.Detail ?? refusal.Next,
            refusal.Code,
            refusal.Next,
            trace,
            refusal.Errors is { Count: > 0 } errors ? errors : null
        );
}
