using HeroOnboarding.Tests.Support;

namespace HeroOnboarding.Tests.InBrowser;

/// <summary>"This machine does not work", as a customer does it, with the keyboard and on a phone too.</summary>
[Collection(OneBrowser.Name)]
public sealed class ReplacingInBrowser(Chromium chromium)
{
    [Fact]
    public async Task A_machine_that_does_not_work_is_replaced_from_the_dashboard()
    {
        await using var portal = await Portal.StartAsync(Db.Sqlite, Portal.Machines(3), kestrel: true);
        var asha = await portal.SignUpWithPlanAsync("asha");
        (await asha.AllocateAsync()).Expect(201);
        await using var window = await chromium.OpenAsync(asha);
        await window.Page.GotoAsync(new Uri(portal.Address, "/dashboard").ToString());
        await window
            .Page.GetByRole(Microsoft.Playwright.AriaRole.Button, new() { Name = "vm-0001 does not work" })
            .ClickAsync();
        await window.SeesAsync("You get another machine at once, in the same slot.");
        await window.LookAsync("replace-asked");
        await window.Page.GetByLabel("What is wrong? (optional)").FillAsync("Does not answer on port 22");
        await window.Button("Replace vm-0001").ClickAsync();
        await window.SeesAsync("vm-0002 is yours instead of vm-0001.");
        await window.LookAsync("replace-done");
    }
}
