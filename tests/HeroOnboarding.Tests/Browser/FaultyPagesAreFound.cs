namespace HeroOnboarding.Tests.InBrowser;

/// <summary><c>Window.LookAsync</c>, which all other browser tests use, finds faulty pages.</summary>
[Collection(OneBrowser.Name)]
public sealed class FaultyPagesAreFound(Chromium chromium)
{
    [Theory]
    [InlineData("<button></button>", "button-name")]
    [InlineData("<p style='color:#ccc; background:#fff'>pale</p>", "color-contrast")]
    [InlineData(
        "<style>@media (prefers-color-scheme: dark) { p { color: #333; background: #222 } }</style><p>pale in the "
            + "dark</p>",
        "color-contrast"
    )]
    [InlineData("<button>small</button>", "is 21 high")]
    [InlineData("<div style='width:2000px'>wide</div>", "Expected: 1280")]
    public async Task A_page_that_breaks_a_rule_is_no_page_of_ours(string broken, string said)
    {
        await using var window = await chromium.OpenAsync();
        await window.Page.SetContentAsync(
            "<!doctype html><html lang='en'><title>A page</title><meta name='viewport' "
                + $"content='width=device-width'><main><h1>A page</h1>{broken}</main></html>"
        );
        var error = await Assert.ThrowsAnyAsync<Xunit.Sdk.XunitException>(() => window.LookAsync("broken"));
        Assert.Contains(said, error.Message, StringComparison.Ordinal);
    }
}
