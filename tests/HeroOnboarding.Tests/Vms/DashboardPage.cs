using HeroOnboarding.Accounts;
using HeroOnboarding.Simulators.Deployer;
using HeroOnboarding.Tests.Support;
using HeroOnboarding.Vms;
using HeroOnboarding.Web;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Tests.Vms;

public sealed class DashboardPage
{
    [Theory, BothDatabases]
    public async Task A_newcomer_finds_the_plans_first_and_empty_states(Db db)
    {
        await using var portal = await Portal.StartAsync(db, Portal.Machines(1));
        var page = await (await portal.SignUpAsync("asha")).OpenDashboardAsync();
        Assert.Contains(
            "Choose a plan Then verify, pay exactly what is missing, and start",
            Markup.Text(page),
            StringComparison.Ordinal
        );
        Assert.Equal(2, Markup.Forms(page).Count(f => f.Contains("/plan/choose", StringComparison.Ordinal)));
        Assert.DoesNotContain(AccountRefusals.KycRequired.Title, page, StringComparison.Ordinal);
        Assert.DoesNotContain("/vm/allocate", page, StringComparison.Ordinal);
        Assert.Contains("No machine is yours right now", page, StringComparison.Ordinal);
        Assert.Contains("Nothing yet", page, StringComparison.Ordinal);
        Assert.Contains(
            "No backups. Data is erased 72 hours after the plan ends or when you give the machine back.",
            Markup.Text(page),
            StringComparison.Ordinal
        );
    }

    [Theory, BothDatabases]
    public async Task Each_gate_shows_its_sentence_and_the_page_that_helps(Db db)
    {
        await using var portal = await Portal.StartAsync(db, Portal.Machines(6), DashboardVisits.Support);
        var asha = await portal.SignUpAsync("asha");
        await asha.PassKycAsync();
        var page = await asha.OpenDashboardAsync();
        Assert.Contains("id=\"first-plan\">Choose a plan", page, StringComparison.Ordinal);
        await asha.TopUpAsync(1000);
        (await asha.BuyPlanAsync()).Expect(201);
        Assert.Contains("action=\"/vm/allocate\"", await asha.OpenDashboardAsync(), StringComparison.Ordinal);
        for (var i = 0; i < 5; i++)
            (await asha.AllocateAsync()).Expect(201);
        page = await asha.OpenDashboardAsync();
        Assert.Contains(VmRefusals.QuotaExhausted.Title, page, StringComparison.Ordinal);
        Assert.Contains("disabled", page, StringComparison.Ordinal);
        Assert.DoesNotContain("action=\"/vm/allocate\"", page, StringComparison.Ordinal);
        (
            await portal.AdminPostAsync("/admin/user-suspend", new { user_sid = asha.Sid, reason = "a test of words" })
        ).Expect(200);
        page = await asha.OpenDashboardAsync();
        Assert.Contains(AccountRefusals.AccountSuspended.Title, page, StringComparison.Ordinal);
        Assert.Contains(
            "href=\"https://help.example.org/\" rel=\"noopener noreferrer\">Contact support</a>",
            page,
            StringComparison.Ordinal
        );
        Assert.DoesNotContain("a test of words", page, StringComparison.Ordinal);
    }

    [Theory, BothDatabases]
    public async Task Active_services_has_exactly_five_named_columns_and_one_without_a_label(Db db)
    {
        await using var portal = await Portal.StartAsync(
            db,
            """[{"id":"vm-1","address":"10.0.0.1","cockpit_url":"https://one.example.org/"},{"id":"vm-2"}]"""
        );
        var asha = await portal.SignUpWithPlanAsync("asha");
        (await asha.AllocateAsync()).Expect(201);
        (await asha.AllocateAsync()).Expect(201);
        var page = await asha.OpenDashboardAsync();
        Assert.Equal(["Service", "Status", "Address", "Expires", "Cockpit", ""], Markup.Headers(page));
        Assert.Contains(
            "href=\"https://one.example.org/\" rel=\"noopener noreferrer\">Open →</a>",
            page,
            StringComparison.Ordinal
        );
        Assert.Single(System.Text.RegularExpressions.Regex.Matches(page, "Open →</a>"));
        Assert.Matches("data-label=\"Cockpit\"[^>]*>\\s*—", page);
        Assert.Contains("2 of 5 in use", page, StringComparison.Ordinal);
        Assert.Contains("All machines of this plan end together on", page, StringComparison.Ordinal);
        Assert.DoesNotContain("first-plan", page, StringComparison.Ordinal);
    }

    [Theory, BothDatabases]
    public async Task The_common_end_stands_beside_the_button_also_before_the_first_machine(Db db)
    {
        await using var portal = await Portal.StartAsync(db, Portal.Machines(1));
        var asha = await portal.SignUpWithPlanAsync("asha");
        var sentence = $"All machines of this plan end together on {Show.Utc(portal.Now.AddDays(30))} (in 30 days)";
        var head = (await asha.OpenDashboardAsync()).Split("At a glance")[0];
        Assert.Contains("action=\"/vm/allocate\"", head, StringComparison.Ordinal);
        Assert.Contains(sentence, Markup.Text(head), StringComparison.Ordinal);
        Assert.Contains(
            sentence,
            Markup.Text((await asha.Browser.OpenAsync("/start")).Expect(200).Body),
            StringComparison.Ordinal
        );
    }

    [Theory, BothDatabases]
    public async Task Giving_back_names_the_machine_and_is_erased_only_when_somebody_said_so(Db db)
    {
        await using var portal = await Portal.StartAsync(db, Portal.Machines(1));
        var asha = await portal.SignUpWithPlanAsync("asha");
        (await asha.Browser.SubmitAsync("/dashboard", "/vm/allocate")).Expect(303);
        var page = Markup.Text(await asha.OpenDashboardAsync());
        Assert.Contains(
            "Give vm-0001 back? Everything on it will be erased. You get the slot back; no money back.",
            page,
            StringComparison.Ordinal
        );
        var done = (await asha.Browser.SubmitAsync("/dashboard", "/vm/release")).Expect(303);
        page = Markup.Text(await asha.OpenDashboardAsync(done.Location!));
        Assert.Contains("vm-0001 was given back.", page, StringComparison.Ordinal);
        Assert.Contains("Given back, erasure requested", page, StringComparison.Ordinal);
        Assert.DoesNotContain("Erased", page, StringComparison.Ordinal);
        (await portal.AdminPostAsync("/admin/pool-vm-ready", new { pool_vm_id = "vm-0001", lease_number = 1 })).Expect(
            200
        );
        page = Markup.Text(await asha.OpenDashboardAsync());
        Assert.Contains("Erased", page, StringComparison.Ordinal);
        Assert.DoesNotContain("erasure requested", page, StringComparison.Ordinal);
    }

    [Theory, BothDatabases]
    public async Task A_machine_held_longer_than_seventy_others_is_the_latest_when_it_comes_back(Db db)
    {
        await using var portal = await Portal.StartAsync(db, Portal.Machines(1));
        var asha = await portal.SignUpWithPlanAsync("asha");
        (await asha.Browser.SubmitAsync("/dashboard", "/vm/allocate")).Expect(303);
        await using (var store = portal.Database.OpenWrite())
            foreach (var n in Enumerable.Range(1000, 70))
                await store.Database.ExecuteSqlRawAsync(
                    "INSERT INTO vm_allocations (sid, user_sid, purchase_sid, plan_id, provisioner, pool_vm_id, "
                        + "lease_number, status, cost, created_at, expires_at, released_at, release_reason) SELECT "
                        + "'ZZ' || substr(sid, 7) || {0}, user_sid, purchase_sid, plan_id, provisioner, "
                        + "pool_vm_id, {1}, 'Released', cost, created_at, expires_at, created_at, 'customer' FROM "
                        + "vm_allocations WHERE status = 'Active'",
                    $"{n}",
                    n
                );
        portal.Clock.Advance(TimeSpan.FromMinutes(1));
        var done = (await asha.Browser.SubmitAsync("/dashboard", "/vm/release")).Expect(303);
        Assert.Matches(
            "Given back The latest 5 vm-0001 lease 1 ",
            Markup.Text(await asha.OpenDashboardAsync(done.Location!))
        );
    }

    [Theory, BothDatabases]
    public async Task With_a_deployer_a_machine_is_being_handed_over_until_the_deployer_said_so(Db db)
    {
        await using var deployer = await DeployerSimulator.StartAsync();
        await using var portal = await Portal.StartAsync(
            db,
            Portal.Machines(1),
            new Dictionary<string, string?>
            {
                ["PUBLIC_BASE_URL"] = "https://localhost",
                ["DEPLOYER_URL"] = deployer.Address.ToString(),
                ["DEPLOYER_SECRET"] = deployer.Secret,
            }
        );
        portal.Wire.Allow(deployer.Address);
        var asha = await portal.SignUpWithPlanAsync("asha");
        Assert.Contains("name=\"ssh_public_key\"", await asha.OpenDashboardAsync(), StringComparison.Ordinal);
        var started = (await asha.Browser.SubmitAsync("/dashboard", "/vm/allocate")).Expect(303);
        Assert.Contains(
            "Being handed to you",
            await asha.OpenDashboardAsync(started.Location!),
            StringComparison.Ordinal
        );
        await portal.DeliverAsync();
        var page = await asha.OpenDashboardAsync();
        Assert.DoesNotContain("Being handed to you", page, StringComparison.Ordinal);
        Assert.Contains("<span class=\"badge good\">Active</span>", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_deployer_there_is_no_key_field()
    {
        await using var portal = await Portal.StartAsync(Db.Sqlite, Portal.Machines(1));
        Assert.DoesNotContain(
            "ssh_public_key",
            await (await portal.SignUpWithPlanAsync("asha")).OpenDashboardAsync(),
            StringComparison.Ordinal
        );
    }

    [Theory, BothDatabases]
    public async Task A_plan_that_is_over_says_when_it_ended_and_offers_the_next(Db db)
    {
        await using var portal = await Portal.StartAsync(db, Portal.Machines(1));
        (await (await portal.SignUpWithPlanAsync("asha")).AllocateAsync()).Expect(201);
        portal.Clock.Advance(TimeSpan.FromDays(31));
        var page = Markup.Text(await (await portal.SignUpAsync("asha")).OpenDashboardAsync());
        Assert.Contains("Your plan ended on", page, StringComparison.Ordinal);
        Assert.Contains("Choose a plan", page, StringComparison.Ordinal);
        Assert.Contains("vm-0001", page, StringComparison.Ordinal);
    }
}
