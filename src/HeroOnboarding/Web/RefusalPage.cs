using System.Text.Encodings.Web;

namespace HeroOnboarding.Web;

/// <summary>A refusal as a whole page, for browsers whose request has no page to return to.</summary>
internal static class RefusalPage
{
    public static Task WriteAsync(HttpContext http, Refusal refusal, string trace)
    {
        var encode = HtmlEncoder.Default;
        var site = http.RequestServices.GetRequiredService<SiteOptions>();
        var files = http.RequestServices.GetRequiredService<StaticFiles>();
        var admin = http.Request.Path.StartsWithSegments("/admin");
        var step =
            (admin ? null : refusal.Step)
            ?? (
                admin ? new("/admin", "Operators' start page")
                : http.User.IsCustomer() ? new("/dashboard", "To your machines")
                : new NextStep("/", "Start page")
            );
        var support = site.SupportUrl is { } url
            ? $"""<a class="btn" href="{encode.Encode(url)}" rel="noopener noreferrer">Contact support</a>"""
            : "";
        var who = http.User.IsCustomer()
            ? $"""<div class="who"><span>{encode.Encode(Show.Who(http.User))}</span></div>"""
            : "";
        http.Response.ContentType = "text/html; charset=utf-8";
        return http.Response.WriteAsync(
            $"""
            <!doctype html><html lang="en"><head>
            <meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
            <title>{encode.Encode(refusal.Title)} · Hero</title><link rel="stylesheet" href="{files[
                "site.css"
            ]}"><link rel="icon" href="{files["icon.svg"]}" type="image/svg+xml"></head><body>
            <header class="bar"><div><a class="brand" href="/"><img src="{files[
                "icon.svg"
            ]}" alt="" width="22" height="22">Hero</a>{who}</div></header>
            <main class="narrow"><section class="card"><div class="body stack-gap">
            <p class="badge bad">{refusal.Status}</p><h1>{encode.Encode(
                refusal.Title
            )}</h1>
            <p>{encode.Encode(
                refusal.Detail ?? refusal.Next
            )}</p><p class="row"><a class="btn primary" href="{encode.Encode(step.Href)}">{encode.Encode(
                step.Label
            )}</a>{support}</p>
            <p class="muted small">Code <span class="mono">{encode.Encode(
                refusal.Code
            )}</span> · trace <span class="mono">{encode.Encode(trace)}</span></p></div></section></main></body></html>
            """
        );
    }
}
