using System.Net;

namespace HeroOnboarding.Simulators.Web;

/// <summary>The style of all simulator pages: plain, readable, light and dark, no script.</summary>
internal static class PlainPage
{
    private const string Style = """
        :root { color-scheme: light dark; --ink: #1b1f24; --paper: #f5f6f8; --card: #ffffff; --line: #767e89;
          --dim: #4d5560; --act: #0b5cad; --on: #ffffff; }
        @media (prefers-color-scheme: dark) {
          :root { --ink: #e8eaed; --paper: #14171b; --card: #1e2329; --line: #808a96;
            --dim: #b4bcc6; --act: #8cc1ff; --on: #0b1a2b; }
        }
        * { box-sizing: border-box; }
        body { margin: 0; min-height: 100vh; background: var(--paper); color: var(--ink);
          font: 1rem/1.5 system-ui, sans-serif; }
        main { max-width: 46rem; margin: 0 auto; padding: 2.5rem 1rem; }
        .card { background: var(--card); border: 1px solid var(--line); border-radius: .75rem; padding: 1.5rem; }
        .narrow { max-width: 26rem; margin: 0 auto; }
        .scroll { overflow-x: auto; margin: 0 0 1.5rem; }
        .whole { white-space: nowrap; }
        h1 { margin: 0 0 .75rem; font-size: 1.5rem; line-height: 1.25; }
        h2 { margin: 1.5rem 0 .25rem; font-size: 1.1rem; overflow-wrap: anywhere; }
        p { margin: 0 0 1rem; }
        pre { margin: 0 0 1rem; padding: .75rem; white-space: pre-wrap; overflow-wrap: anywhere;
          border: 1px solid var(--line); border-radius: .5rem; }
        .dim { color: var(--dim); }
        code, pre { font-family: ui-monospace, monospace; overflow-wrap: anywhere; }
        button { display: block; width: 100%; margin: 0 0 .75rem; padding: .65rem 1rem; font: inherit;
          font-weight: 600; cursor: pointer;
          color: var(--on); background: var(--act); border: 2px solid var(--act); border-radius: .5rem; }
        button.quiet { color: var(--ink); background: transparent; border-color: var(--line); }
        label { display: block; margin: 1rem 0 .25rem; font-weight: 600; }
        select { width: 100%; min-height: 2.75rem; margin: 0 0 .75rem; padding: .5rem; font: inherit;
          color: var(--ink); background: var(--card);
          border: 1px solid var(--line); border-radius: .5rem; }
        td button { width: auto; margin: 0; padding: .6rem .75rem; white-space: nowrap; }
        :focus-visible { outline: 3px solid var(--act); outline-offset: 2px; }
        a { color: var(--act); }
        table { width: 100%; border-collapse: collapse; font-size: .9rem; }
        caption { text-align: left; font-weight: 600; padding-bottom: .5rem; }
        th, td { text-align: left; vertical-align: top; padding: .4rem .75rem .4rem 0;
          border-top: 1px solid var(--line); }
        """;

    /// <summary>
    /// A whole page. <paramref name="heading"/> is plain text; <paramref name="body"/> is HTML whose
    /// values are encoded.
    /// </summary>
    public static string Html(string heading, string body, bool narrow = true) =>
        $"""
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <title>{Text(heading)}</title>
            <link rel="icon" href="data:,">
            <style>
            {Style}
            </style>
            </head>
            <body>
            <main>
            <div class="card{(narrow ? " narrow" : "")}">
            <h1>{Text(heading)}</h1>
            {body}
            </div>
            </main>
            </body>
            </html>
            """;

    /// <summary><see cref="Html"/> as an answer.</summary>
    public static IResult Result(string heading, string body, bool narrow = true, int status = 200) =>
        Results.Content(Html(heading, body, narrow), "text/html; charset=utf-8", statusCode: status);

    /// <summary>Encodes text for HTML content and for quoted attributes.</summary>
    public static string Text(string? value) => WebUtility.HtmlEncode(value) ?? "";
}
