using HeroOnboarding.Accounts;
using HeroOnboarding.Tests.Support;
using Microsoft.Playwright;

[assembly: AssemblyFixture(typeof(HeroOnboarding.Tests.InBrowser.Chromium))]

namespace HeroOnboarding.Tests.InBrowser;

/// <summary>Tests with the browser run one after the other, because one browser process uses a whole core.</summary>
[CollectionDefinition(Name)]
public sealed class OneBrowser
{
    public const string Name = "browser";
}

/// <summary>One browser for all tests that need one: the Chromium of the system, nothing is downloaded.</summary>
public sealed class Chromium : IAsyncDisposable
{
    /// <summary>
    /// The headless shell is the same browser without desktop windows, which take more time than the pages. Where it is
    /// missing, Chromium is used.
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
        // A __Host- cookie that is set by the test needs an https address. Chromium sends it to plain http on a
        // loopback host nevertheless.
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
