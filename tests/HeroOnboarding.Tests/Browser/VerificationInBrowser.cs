using HeroOnboarding.Simulators.Idenfy;
using HeroOnboarding.Tests.Kyc;
using HeroOnboarding.Tests.Support;

namespace HeroOnboarding.Tests.InBrowser;

/// <summary>
/// Verification in a real browser: every state once, the way there and back, and the page that looks again by itself.
/// </summary>
[Collection(OneBrowser.Name)]
public sealed class VerificationInBrowser(Chromium chromium)
{
    private static readonly Dictionary<string, string?> Links = new()
    {
        ["SUPPORT_URL"] = "https://help.example.org/",
        ["SELLER_NAME"] = "Hero Machines Ltd",
    };

    [Fact]
    public async Task From_start_to_verified_and_the_page_sees_it_by_itself()
    {
        await using var at = await KycPortal.StartAsync(Db.Sqlite, Portal.Machines(1), Links, kestrel: true);
        var asha = await at.Portal.SignUpAsync("asha");
        await using var window = await chromium.OpenAsync(asha);
        await LookAsync(window, at, "/kyc", "kyc-new");
        await window.Button("Start").ClickAsync();
        await window.SeesAsync("How should this check end?");
        await window.Button("Approve by machine, person decides later").ClickAsync();
        await window.SeesAsync("Thank you");
        await window.SeesAsync("Your part is done.");
        await window.LookAsync("kyc-return");
        await LookAsync(window, at, "/kyc", "kyc-under-review");
        await at.Idenfy.ApproveAsync(at.Scan);
        // Nobody touches the page: it fetches what changed.
        await window.SeesAsync("Nothing is left to do here.");
        await window.LookAsync("kyc-verified");
        Assert.Equal(0, await window.Page.Locator("[data-poll]").CountAsync());
    }

    [Fact]
    public async Task Every_other_state_once()
    {
        await using var at = await KycPortal.StartAsync(Db.Sqlite, more: Links, kestrel: true);
        var asha = await at.StartedAsync("asha");
        await using var window = await chromium.OpenAsync(asha);
        await LookAsync(window, at, "/kyc", "kyc-open");
        await LookAsync(window, at, "/account", "account-being-checked");
        await at.Idenfy.DenyAsync(at.Scan, "DOC_TOO_BLURRY");
        await LookAsync(window, at, "/kyc", "kyc-failed");
        await window.Page.GetByText("It fails again and again?").ClickAsync();
        await window.LookAsync("kyc-failed-reset");
        await window.Button("Start over").ClickAsync();
        await window.SeesAsync("You start over.");
        at.Idenfy.Token.Next(IdenfyAnswer.Broken);
        await window.Button("Try again").ClickAsync();
        await window.SeesAsync("The identity check cannot be started right now.");
        await window.LookAsync("kyc-unavailable");
        (await asha.StartKycAsync()).Expect(303);
        await at.Idenfy.ExpireAsync(at.Scan);
        await LookAsync(window, at, "/kyc", "kyc-expired");
        await using var stranger = await chromium.OpenAsync();
        await LookAsync(stranger, at, "/kyc/return", "kyc-return-stranger");
    }

    [Fact]
    public async Task Where_results_are_made_up_or_nobody_checks()
    {
        await using var portal = await Portal.StartAsync(Db.Sqlite, environment: Links, kestrel: true);
        await using var window = await chromium.OpenAsync(await portal.SignUpAsync("asha"));
        await window.Page.GotoAsync(new Uri(portal.Address, "/kyc").ToString());
        await window.LookAsync("kyc-by-hand");
        await using var at = await KycPortal.StartAsync(
            Db.Sqlite,
            more: new Dictionary<string, string?>
            {
                ["IDENFY_DEV_MODE"] = "suspected",
                ["IDENFY_ENVIRONMENT"] = "dev",
                ["IDENFY_WEBHOOK_SECRET"] = "another-signing-key",
            },
            kestrel: true
        );
        await using var waiting = await chromium.OpenAsync(await at.StartedAsync("juma"));
        await LookAsync(waiting, at, "/kyc", "kyc-waiting");
    }

    [Fact]
    public async Task An_operator_decides_about_somebody_suspected()
    {
        await using var at = await KycPortal.StartAsync(Db.Sqlite, more: Links, kestrel: true);
        await using var window = await chromium.OpenAsync();
        await SignInAsync(window, at);
        await LookAsync(window, at, "/admin/kyc", "admin-kyc-empty");
        foreach (
            var (login, verdict) in new[]
            {
                ("lea", IdenfyVerdict.Denied()),
                ("juma", IdenfyVerdict.Approved),
                ("neema", IdenfyVerdict.Expired),
                ("asha", IdenfyVerdict.Suspected("DUPLICATE_FACE", IdenfyVerdict.WatchList)),
            }
        )
        {
            at.Portal.Clock.Advance(TimeSpan.FromMinutes(3));
            await at.StartedAsync(login);
            await at.Idenfy.DecideAsync(at.Scan, verdict);
        }
        await at.StartedAsync("salma");
        await LookAsync(window, at, "/admin", "admin-overview-kyc");
        await LookAsync(window, at, "/admin/kyc", "admin-kyc");
        await window.Button("Decide about asha").ClickAsync();
        await window.LookAsync("admin-kyc-decide");
        await window.Page.GetByLabel("Reason").FillAsync("compared both pictures, it is she");
        await window.Button("Approve").ClickAsync();
        await window.SeesAsync("The identity was decided");
        var asha = await at.Portal.SignUpAsync("asha");
        Assert.Equal("completed/completed", await at.StateAsync(asha));
        await LookAsync(window, at, "/admin/users/" + asha.Sid, "admin-user-kyc");
    }

    private static async Task SignInAsync(Window window, KycPortal at)
    {
        await window.Page.GotoAsync(new Uri(at.Portal.Address, "/admin/login").ToString());
        await window.Page.GetByLabel("Operator secret").FillAsync(Portal.AdminSecret);
        await window.Page.GetByLabel("Your name").FillAsync("Neema Mollel");
        await window.Button("Sign in").ClickAsync();
        await window.SeesAsync("Overview");
    }

    private static async Task LookAsync(Window window, KycPortal at, string path, string name)
    {
        await window.Page.GotoAsync(new Uri(at.Portal.Address, path).ToString());
        await window.LookAsync(name);
    }
}
