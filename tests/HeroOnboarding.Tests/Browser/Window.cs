using System.Collections.Concurrent;
using Deque.AxeCore.Commons;
using Deque.AxeCore.Playwright;
using Microsoft.Playwright;

namespace HeroOnboarding.Tests.InBrowser;

/// <summary>A browser window that remembers every error on its console and looks at pages in all their shapes.</summary>
public sealed class Window : IAsyncDisposable
{
    /// <summary>Where pictures go; without SCREENSHOTS none are taken, since nobody would look at them.</summary>
    internal static readonly string? Folder = Environment.GetEnvironmentVariable("SCREENSHOTS") is { Length: > 0 } folder ? Directory.CreateDirectory(folder).FullName : null;

    /// <summary>Colours are all that changes from light to dark.</summary>
    private static readonly AxeRunOptions Everything = new() { ResultTypes = [ResultType.Violations] };
    private static readonly AxeRunOptions Colours = new() { ResultTypes = [ResultType.Violations], RunOnly = new RunOnlyOptions { Type = "rule", Values = ["color-contrast"] } };

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
    /// Looks at the page wide and on a phone, light and dark: no violation of accessibility rules, no sideways scrolling, targets that fit a
    /// finger; and takes the pictures where they are wanted.
    /// </summary>
    public async Task LookAsync(string name)
    {
        foreach (var (shape, width, height, scheme) in new[]
                 {
                     ("wide", 1280, 800, ColorScheme.Light), ("phone", 390, 844, ColorScheme.Light), ("dark", 1280, 800, ColorScheme.Dark),
                 })
        {
            await Page.SetViewportSizeAsync(width, height);
            await Page.EmulateMediaAsync(new() { ColorScheme = scheme });
            if (Folder is not null)
                await Page.ScreenshotAsync(new() { Path = Path.Combine(Folder, $"{name}-{shape}.png"), FullPage = true });
            if (shape != "wide") // Both layouts and both sets of colours; the third combination tells nothing new.
                await CheckAccessAsync($"{name} {shape}", shape == "dark" ? Colours : Everything);
            Assert.Equal(width, await Page.EvaluateAsync<int>("document.documentElement.scrollWidth"));
            if (width < 640)
                Assert.Equal("", await Page.EvaluateAsync<string>(SmallTargets));
        }
    }

    private async Task CheckAccessAsync(string where, AxeRunOptions options)
    {
        var axe = await Page.RunAxe(options);
        Assert.True(axe.Violations.Length == 0, $"{where}: " + string.Join("; ", axe.Violations.Select(v => $"{v.Id}: {v.Help} at {string.Join(", ", v.Nodes.Select(n => n.Html))}")));
    }

    /// <summary>Presses Tab until the control has the focus, as somebody without a mouse does.</summary>
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
        [...document.querySelectorAll("button, .btn, nav a, .open, .foot a, summary, label.check, select, textarea, input:not([type=hidden], [type=checkbox])")]
          .filter(e => e.checkVisibility() && e.getBoundingClientRect().height < 44 && !e.classList.contains("skip"))
          .map(e => `${e.outerHTML.slice(0, 80)} is ${e.getBoundingClientRect().height} high`).join("\n")
        """;
}
