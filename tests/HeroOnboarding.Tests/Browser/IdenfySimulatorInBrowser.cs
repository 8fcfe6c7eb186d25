using HeroOnboarding.Tests.Simulators;
using Microsoft.Playwright;

namespace HeroOnboarding.Tests.InBrowser;

/// <summary>
/// What a newcomer sees who runs everything on one computer: accessible, in bounds on a phone, without script.
/// </summary>
[Collection(OneBrowser.Name)]
public sealed class IdenfySimulatorInBrowser(Chromium chromium)
{
    [Fact]
    public async Task Somebody_chooses_how_a_check_ends_and_the_index_tells_the_story()
    {
        await using var idenfy = await Idenfy.StartAsync(o => o with { AutoDeliver = true });
        await using var window = await chromium.OpenAsync();
        await window.Page.GotoAsync(idenfy.Simulator.Address.ToString());
        await window.LookAsync("idenfy-index-empty");
        foreach (var client in new[] { "01K8XQ5Z6M8A2B3C4D5E6F7G8H", "user-2", "user-3" })
            await idenfy.TokenAsync(new { clientId = client });
        await window.Page.GotoAsync(
            new Uri(
                idenfy.Simulator.Address,
                $"/api/v2/redirect?authToken={idenfy.Simulator.Scans[0].AuthToken}"
            ).ToString()
        );
        await window.LookAsync("idenfy-check");
        await window.Page.GetByLabel("Reason to deny").SelectOptionAsync("FAKE_FACE");
        await window.Button("Deny").ClickAsync();
        await window.SeesAsync("The check failed");
        await window.LookAsync("idenfy-result");
        await window.Link("All checks").ClickAsync();
        await window.Page.GetByRole(AriaRole.Link, new() { Name = "Open the link" }).Last.ClickAsync();
        await window.Button("Approve by machine, person decides later").ClickAsync();
        await window.SeesAsync("You are done");
        await window.Link("All checks").ClickAsync();
        await window.LookAsync("idenfy-index");
        await window.Button("A person approves").ClickAsync();
        await Assertions.Expect(window.Button("Resubmit: fail")).ToHaveCountAsync(2);
        Assert.Equal(["DENIED", "APPROVED", "APPROVED"], idenfy.Simulator.Callbacks.Select(c => c.Overall));
        Assert.Equal(
            [null, "FAKE_FACE"],
            idenfy.Simulator.Scans.Take(2).Reverse().Select(s => s.Verdict!.DenyReasons.SingleOrDefault())
        );
    }
}
