using HeroOnboarding.Accounts;
using HeroOnboarding.Tests.Support;
using Microsoft.Playwright;

[assembly: AssemblyFixture(typeof(HeroOnboarding.Tests.InBrowser.Chromium))]

namespace HeroOnboarding.Tests.InBrowser;

/// <summary>Tests with the browser run one after the other: it is one process that wants a core for itself.</summary>
[CollectionDefinition(Name)]
public sealed class OneBrowser
{
    public const string Name = "browser";
}

/// <summary>One real browser for all tests that need one: the system's Chromium, nothing is downloaded.</summary>
public sealed class Chromium : IAsyncDisposable
{
    /// <summary>
    /// The shell is the same browser without the windows of a desktop, which cost more than the pages in them. Where it
    /// is missing, the browser does as well.
    /// </summary>
    private static readonly string[] Executables = ["/usr/bin/chromium-headless-shell", "/usr/bin/chromium"];
    private static readonly string[] Arguments =
    [
        "--no-sandbox",
        "--disable-gpu",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--disable-quic",
    ];

    private readonly SemaphoreSlim starting = new(1, 1);
    private IPlaywright? playwright;
    private IBrowser? browser;

    /// <summary>A window of its own, without cookies.</summary>
    /// <param name="script">False plays a browser that runs no script.</param>
    public async Task<Window> OpenAsync(bool script = true)
    {
        var context = await (await StartedAsync()).NewContextAsync(
            new()
            {
                JavaScriptEnabled = script,
                TimezoneId = "Africa/Nairobi",
                Locale = "en-GB",
            }
        );
        context.SetDefaultTimeout((float)Hanging.Limit.TotalMilliseconds);
        Assertions.SetDefaultExpectTimeout((float)Hanging.Limit.TotalMilliseconds);
        return new Window(context, await context.NewPageAsync());
    }

    /// <summary>A window in which this customer is signed in.</summary>
    public async Task<Window> OpenAsync(Customer customer, bool script = true)
    {
        var window = await OpenAsync(script);
        var name = Sessions.CookieName(SessionKind.Customer);
        var token = customer.Browser.Cookies.GetCookies(Portal.Base)[name]!.Value;
        // Set from outside, a __Host- cookie needs an https address; Chromium sends it to plain http on the same
        // loopback host all the same.
        await window.Context.AddCookiesAsync([
            new()
            {
                Name = name,
                Value = token,
                Url = "https://" + customer.Portal.Address.Host,
                Secure = true,
                HttpOnly = true,
            },
        ]);
        return window;
    }

    public async ValueTask DisposeAsync()
    {
        if (browser is not null)
            await browser.DisposeAsync();
        playwright?.Dispose();
        starting.Dispose();
    }

    private async Task<IBrowser> StartedAsync()
    {
        await starting.WaitAsync();
        try
        {
            if (browser is not null)
                return browser;
            var executable = Executables.FirstOrDefault(File.Exists);
            Assert.True(
                executable is not null,
                $"{Executables[0]} is missing; install it with: sudo apt-get install chromium-headless-shell"
            );
            playwright = await Playwright.CreateAsync();
            return browser = await playwright.Chromium.LaunchAsync(
                new()
                {
                    ExecutablePath = executable,
                    Args = Arguments,
                    Timeout = (float)Hanging.Limit.TotalMilliseconds,
                }
            );
        }
        finally
        {
            starting.Release();
        }
    }
}
