using HeroOnboarding.Tests.Accounts;

namespace HeroOnboarding.Tests.InBrowser;

/// <summary>Signing in with an address, linking the Forge, and every page on the way, in a real browser.</summary>
[Collection(OneBrowser.Name)]
public sealed class TwoWaysInBrowser(Chromium chromium)
{
    [Fact]
    public async Task With_an_address_in_and_then_the_forge_linked()
    {
        await using var at = await TwoWaysIn.StartAsync(kestrel: true);
        await using var window = await chromium.OpenAsync();
        var page = window.Page;
        await page.GotoAsync(new Uri(at.Portal.Address, "/login").ToString());
        await window.LookAsync("login-both-ways");
        await page.GetByLabel("Address of your node").FillAsync("2001:db8::1");
        await window.Button("Send the code").ClickAsync();
        await window.SeesAsync("This is not an address of the Mycelium network.");
        await page.GetByLabel("Address of your node").FillAsync(at.AddressOf("asha"));
        await window.Button("Send the code").ClickAsync();
        await window.SeesAsync("Arrived at your node.");
        await window.LookAsync("code");
        await page.GetByLabel("Code").FillAsync(new string('0', 32));
        await page.Keyboard.PressAsync("Enter");
        await window.SeesAsync("This code does not open anything.");
        await window.LookAsync("code-wrong");
        await page.GetByLabel("Code").FillAsync(at.Code("asha"));
        await page.Keyboard.PressAsync("Enter");
        await window.SeesAsync("…" + at.AddressOf("asha")[^4..]);
        await page.GotoAsync(new Uri(at.Portal.Address, "/account").ToString());
        await window.LookAsync("account-one-way");
        await window.Button("Link Forge").ClickAsync();
        await window.Button("Sign in as juma").ClickAsync();
        await window.SeesAsync("Link these two?");
        await window.LookAsync("link");
        await window.Button("Link them").ClickAsync();
        await window.SeesAsync("Forge is linked.");
        await window.LookAsync("account-two-ways");
        await window.Button("Unlink").First.ClickAsync();
        await window.SeesAsync("Unlink Forge?");
        await window.LookAsync("unlink");
        await page.GotoAsync(new Uri(at.Portal.Address, "/account/history").ToString());
        await window.LookAsync("account-history");
        await page.GotoAsync(new Uri(at.Portal.Address, "/account/prove").ToString());
        await window.LookAsync("prove");
        await page.GotoAsync(new Uri(at.Portal.Address, "/login").ToString());
        await window.LookAsync("login-signed-in");
    }
}
