using System.Text.Encodings.Web;
using HeroOnboarding.Web;

namespace HeroOnboarding.Admin.Access;

/// <summary>
/// The page that shows a new token: the answer to the form itself, so that no address leads to it and
/// nothing stores it.
/// </summary>
internal sealed class TokenShown(NewToken made) : IResult
{
    public Task ExecuteAsync(HttpContext httpContext)
    {
        var encode = HtmlEncoder.Default;
        var files = httpContext.RequestServices.GetRequiredService<StaticFiles>();
        httpContext.Response.ContentType = "text/html; charset=utf-8";
        var token = made.Token is { } secret
            ? $"""
                <h1>The token {encode.Encode(
                    made.Name
                )}</h1><p><b>Copy it now.</b> It is shown this once; only its hash is kept.</p>
                <pre class="wrap">{encode.Encode(
                    secret
                )}</pre><p class="row"><button class="btn" type="button" data-copy="{encode.Encode(
                    secret
                )}" hidden>Copy</button></p>
                <p>Programs send it in the header <span class="mono">{OperatorAuthentication.Header}</span>,
                in the place of the operator secret.</p>
                """
            : $"""
                <h1>The token {encode.Encode(made.Name)} was shown already</h1>
                <p>This form was sent before; nothing was made twice.
                If the token was lost, take it back and make another one.</p>
                """;
        return httpContext.Response.WriteAsync(
            $"""
            <!doctype html><html lang="en"><head>
            <meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
            <title>New token · Hero</title><link rel="stylesheet" href="{files[
                "site.css"
            ]}"><link rel="icon" href="{files["icon.svg"]}" type="image/svg+xml"><script src="{files[
                "site.js"
            ]}" defer></script></head><body>
            <header class="bar"><div><a class="brand" href="/admin"><img src="{files[
                "icon.svg"
            ]}" alt="" width="22" height="22">Hero operators</a></div></header>
            <main class="narrow"><section class="card"><div class="body stack-gap">{token}
            <p class="muted">Scopes: {encode.Encode(string.Join(", ", made.Scopes))}. It ends on {encode.Encode(
                Show.Utc(made.ExpiresAt)
            )}.</p>
            <a class="btn primary" href="/admin/tokens">To the tokens</a></div></section></main></body></html>
            """
        );
    }
}
