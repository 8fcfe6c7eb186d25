using System.Collections.Concurrent;
using Deque.AxeCore.Commons;
using Microsoft.Playwright;

namespace HeroOnboarding.Tests.InBrowser;

/// <summary>A browser window that records every error on its console and checks pages in all layouts.</summary>
public sealed class Window : IAsyncDisposable
{
    /// <summary>The folder for screenshots. Without SCREENSHOTS none are taken.</summary>
    internal static readonly string? Folder = Environment.GetEnvironmentVariable("SCREENSHOTS")
        is { Length: > 0 } folder
        ? Directory.CreateDirectory(folder).FullName
        : null;

    /// <summary>
    /// axe-core from its package, called directly: the package's own API loads it three times per check and opens
    /// another page, which takes two seconds each time.
    /// </summary>
    private static readonly string Axe = ReadAxe();

    private readonly ConcurrentQueue<string> errors = new();

    internal Window(IBrowserContext context, IPage page)
    {
        (Context, Page) = (context, page);
        page.Console += (_, message) =>
        {
            if (message.Type is "error" or "warning")
                errors.Enqueue($"{message.Type}: {message.Text} at {page.Url}");
        };
        page.PageError += (_, error) => errors.Enqueue($"script: {error} at {page.Url}");
        page.Dialog += (_, dialog) =>
        {
            errors.Enqueue($"dialog: {dialog.Message} at {page.Url}");
            _ = dialog.DismissAsync();
        };
    }

    public IBrowserContext Context { get; }
    public IPage Page { get; }

    public ILocator Button(string name) => Page.GetByRole(AriaRole.Button, new() { Name = name, Exact = true });

    public ILocator Link(string name) => Page.GetByRole(AriaRole.Link, new() { Name = name, Exact = true });

    public Task SeesAsync(string text) => Assertions.Expect(Page.GetByText(text).First).ToBeVisibleAsync();

    /// <summary>
    /// Checks the page wide and on a phone, light and dark: no violation of accessibility rules, no horizontal
    /// scrolling, targets large enough for a finger. Takes the screenshots that were asked for.
    /// </summary>
    public async Task LookAsync(string name)
    {
        foreach (
            var (shape, width, height, scheme) in new[]
            {
                ("wide", 1280, 800, ColorScheme.Light),
                ("phone", 390, 844, ColorScheme.Light),
                ("dark", 1280, 800, ColorScheme.Dark),
            }
        )
        {
            await Page.SetViewportSizeAsync(width, height);
            await Page.EmulateMediaAsync(new() { ColorScheme = scheme });
            if (Folder is not null)
                await Page.ScreenshotAsync(
                    new() { Path = Path.Combine(Folder, $"{name}-{shape}.png"), FullPage = true }
                );
            if (shape != "wide") // Both layouts and both sets of colours; the third combination tells nothing new.
                Assert.Equal("", await BrokenRulesAsync(coloursOnly: shape == "dark"));
            Assert.Equal(width, await Page.EvaluateAsync<int>("document.documentElement.scrollWidth"));
            if (width < 640)
                Assert.Equal("", await Page.EvaluateAsync<string>(SmallTargets));
        }
    }

    /// <summary>
    /// Rules of accessibility that the page breaks, with the elements; from light to dark only colours change.
    /// </summary>
    private async Task<string> BrokenRulesAsync(bool coloursOnly)
    {
        if (await Page.EvaluateAsync<bool>("typeof axe === 'undefined'"))
            await Page.EvaluateAsync(Axe);
        return await Page.EvaluateAsync<string>(
            """
            async only => (await axe.run(document, {
              resultTypes: ["violations"],
              ...(only ? { runOnly: { type: "rule", values: ["color-contrast"] } } : {}) })).violations
              .map(v => `${v.id}: ${v.help} at ${v.nodes.map(n => n.html).join(", ")}`).join("; ")
            """,
            coloursOnly
        );
    }

    private static string ReadAxe()
    {
        using var script = typeof(AxeRunOptions).Assembly.GetManifestResourceStream(
            "Deque.AxeCore.Commons.Resources.axe.min.js"
        )!;
        using var reader = new StreamReader(script);
        return reader.ReadToEnd();
    }

    /// <summary>Presses Tab until the control has the focus.</summary>
    public async Task TabToAsync(ILocator control)
    {
        for (var i = 0; i < 60; i++)
        {
            await Page.Keyboard.PressAsync("Tab");
            if (await control.EvaluateAsync<bool>("e => e === document.activeElement"))
                return;
        }
        Assert.Fail($"Tab never reaches {control}");
    }

    public async ValueTask DisposeAsync()
    {
        await Context.DisposeAsync();
        Assert.Empty(errors);
    }

    /// <summary>Controls (not links inside sentences) lower than 44 px, as text.</summary>
    private const string SmallTargets = """
        [...document.querySelectorAll("button, .btn, nav a, .open, .foot a, summary, label.check, select, textarea, "
          + "input:not([type=hidden], [type=checkbox])")]
          .filter(e => e.checkVisibility() && e.getBoundingClientRect().height < 44 && !e.classList.contains("skip"))
          .map(e => `${e.outerHTML.slice(0, 80)} is ${e.getBoundingClientRect().height} high`).join("\n")
        """;
}
