using HeroOnboarding.Tests.Simulators;

namespace HeroOnboarding.Tests.InBrowser;

/// <summary>
/// What a newcomer sees who runs everything on one computer: accessible, in bounds on a phone, without script.
/// </summary>
[Collection(OneBrowser.Name)]
public sealed class MyceliumSimulatorInBrowser(Chromium chromium)
{
    [Fact]
    public async Task Somebody_finds_an_address_and_reads_the_message_that_came()
    {
        await using var mycelium = await Mycelium.StartAsync();
        await using var window = await chromium.OpenAsync();
        await mycelium.PushAsync(
            mycelium.Asha.IpAddress,
            "hero/login/v1",
            "Your code at Hero Onboarding is 7F3K-92QD.\nNever pass it on: " + new string('x', 120)
        );
        await window.Page.GotoAsync(mycelium.Net.Address.ToString());
        await window.LookAsync("mycelium-index");
        await window.Link("asha").ClickAsync();
        await window.Button("Read the message").ClickAsync();
        await window.SeesAsync("Your code at Hero Onboarding is 7F3K-92QD.");
        mycelium.Portal.Send(mycelium.Asha.IpAddress, new string('t', 255), "not read");
        await window.Page.ReloadAsync();
        await window.LookAsync("mycelium-node");
        Assert.Equal("not read", Assert.Single(mycelium.Asha.Inbox).Text);
    }
}
