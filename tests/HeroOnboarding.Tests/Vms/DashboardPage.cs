using HeroOnboarding.Accounts;
using HeroOnboarding.Plans;
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
        var page = await OpenAsync(await portal.SignUpAsync("asha"));
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
        await using var portal = await Portal.StartAsync(db, Portal.Machines(6), Support);
        var asha = await portal.SignUpAsync("asha");
        await asha.PassKycAsync();
        var page = await OpenAsync(asha);
        Assert.Contains("id=\"first-plan\">Choose a plan", page, StringComparison.Ordinal);
        await asha.TopUpAsync(1000);
        (await asha.BuyPlanAsync()).Expect(201);
        Assert.Contains("action=\"/vm/allocate\"", await OpenAsync(asha), StringComparison.Ordinal);
        for (var i = 0; i < 5; i++)
            (await asha.AllocateAsync()).Expect(201);
        page = await OpenAsync(asha);
        Assert.Contains(VmRefusals.QuotaExhausted.Title, page, StringComparison.Ordinal);
        Assert.Contains("disabled", page, StringComparison.Ordinal);
        Assert.DoesNotContain("action=\"/vm/allocate\"", page, StringComparison.Ordinal);
        (
            await portal.AdminPostAsync("/admin/user-suspend", new { user_sid = asha.Sid, reason = "a test of words" })
        ).Expect(200);
        page = await OpenAsync(asha);
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
        var page = await OpenAsync(asha);
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
        var head = (await OpenAsync(asha)).Split("At a glance")[0];
        Assert.Contains("action=\"/vm/allocate\"", head, StringComparison.Ordinal);
        Assert.Contains(sentence, Markup.Text(head), StringComparison.Ordinal);
        Assert.Contains(
            sentence,
            Markup.Text((await asha.Browser.OpenAsync("/start")).Expect(200).Body),
            StringComparison.Ordinal
        );
    }

    [Theory, BothDatabases]
    public async Task The_same_form_sent_twice_takes_one_machine_and_says_so(Db db)
    {
        await using var portal = await Portal.StartAsync(db, Portal.Machines(3));
        var asha = await portal.SignUpWithPlanAsync("asha");
        var form = Markup.Fields(await OpenAsync(asha), "/vm/allocate");
        Assert.NotEmpty(form["__RequestVerificationToken"]);
        Assert.NotEmpty(form["idempotency_key"]);
        var first = (await asha.Browser.PostFormAsync("/vm/allocate", form)).Expect(303);
        Assert.Contains("vm-0001 is yours.", await OpenAsync(asha, first.Location!), StringComparison.Ordinal);
        portal.Clock.Advance(TimeSpan.FromMinutes(3));
        var second = (await asha.Browser.PostFormAsync("/vm/allocate", form)).Expect(303);
        Assert.StartsWith(first.Location + "&already=", second.Location, StringComparison.Ordinal);
        var page = await OpenAsync(asha, second.Location!);
        Assert.Contains("Already done at", page, StringComparison.Ordinal);
        Assert.Contains("<a href=\"/dashboard\">Start another</a>", page, StringComparison.Ordinal);
        Assert.Equal(1, await portal.ReadAsync(d => d.VmAllocations.CountAsync()));
        Assert.NotEqual(
            form["idempotency_key"],
            Markup.Fields(await OpenAsync(asha), "/vm/allocate")["idempotency_key"]
        );
    }

    [Theory, BothDatabases]
    public async Task Giving_back_names_the_machine_and_is_erased_only_when_somebody_said_so(Db db)
    {
        await using var portal = await Portal.StartAsync(db, Portal.Machines(1));
        var asha = await portal.SignUpWithPlanAsync("asha");
        (await asha.Browser.SubmitAsync("/dashboard", "/vm/allocate")).Expect(303);
        var page = Markup.Text(await OpenAsync(asha));
        Assert.Contains(
            "Give vm-0001 back? Everything on it will be erased. You get the slot back; no money back.",
            page,
            StringComparison.Ordinal
        );
        var done = (await asha.Browser.SubmitAsync("/dashboard", "/vm/release")).Expect(303);
        page = Markup.Text(await OpenAsync(asha, done.Location!));
        Assert.Contains("vm-0001 was given back.", page, StringComparison.Ordinal);
        Assert.Contains("Given back, erasure requested", page, StringComparison.Ordinal);
        Assert.DoesNotContain("Erased", page, StringComparison.Ordinal);
        (await portal.AdminPostAsync("/admin/pool-vm-ready", new { pool_vm_id = "vm-0001", lease_number = 1 })).Expect(
            200
        );
        page = Markup.Text(await OpenAsync(asha));
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
        Assert.Matches("Given back The latest 5 vm-0001 lease 1 ", Markup.Text(await OpenAsync(asha, done.Location!)));
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
        Assert.Contains("name=\"ssh_public_key\"", await OpenAsync(asha), StringComparison.Ordinal);
        var started = (await asha.Browser.SubmitAsync("/dashboard", "/vm/allocate")).Expect(303);
        Assert.Contains("Being handed to you", await OpenAsync(asha, started.Location!), StringComparison.Ordinal);
        await portal.DeliverAsync();
        var page = await OpenAsync(asha);
        Assert.DoesNotContain("Being handed to you", page, StringComparison.Ordinal);
        Assert.Contains("<span class=\"badge good\">Active</span>", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_deployer_there_is_no_key_field()
    {
        await using var portal = await Portal.StartAsync(Db.Sqlite, Portal.Machines(1));
        Assert.DoesNotContain(
            "ssh_public_key",
            await OpenAsync(await portal.SignUpWithPlanAsync("asha")),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task An_empty_pool_is_said_before_and_after_trying()
    {
        await using var portal = await Portal.StartAsync(Db.Sqlite);
        var asha = await portal.SignUpWithPlanAsync("asha");
        Assert.Contains(
            "No machine is free right now. Nothing was charged and your slot is untouched.",
            Markup.Text(await OpenAsync(asha)),
            StringComparison.Ordinal
        );
        var refused = (await asha.Browser.SubmitAsync("/dashboard", "/vm/allocate")).Expect(303);
        Assert.Equal("/dashboard?refused=pool.empty", refused.Location);
        var page = Markup.Text(await OpenAsync(asha, refused.Location!));
        Assert.Contains(
            "No machine is free right now. Nothing was charged and your slot is untouched.",
            page,
            StringComparison.Ordinal
        );
        Assert.Single(System.Text.RegularExpressions.Regex.Matches(page, "your slot is untouched"));
    }

    [Fact]
    public async Task Too_many_hand_outs_say_when_the_next_is_possible()
    {
        await using var portal = await Portal.StartAsync(
            Db.Sqlite,
            Portal.Machines(6),
            new Dictionary<string, string?> { ["HANDOUTS_PER_SLOT"] = "1" }
        );
        var asha = await portal.SignUpWithPlanAsync("asha");
        var form = Markup.Fields(await OpenAsync(asha), "/vm/allocate");
        for (var i = 0; i < 5; i++)
            (await asha.ReleaseAsync((await asha.AllocateAsync()).Expect(201).Text("sid"))).Expect(200);
        var refused = (await asha.Browser.PostFormAsync("/vm/allocate", form)).Expect(303);
        var page = Markup.Text(await OpenAsync(asha, refused.Location!));
        Assert.Contains(VmRefusals.AllocateTooOften.Title, page, StringComparison.Ordinal);
        page = page.Replace(" .", ".", StringComparison.Ordinal);
        Assert.Single(System.Text.RegularExpressions.Regex.Matches(page, VmRefusals.AllocateTooOften.Title));
        Assert.Contains(
            $"The next machine can be started at {Show.Utc(portal.Now.AddDays(1))}.",
            page,
            StringComparison.Ordinal
        );
    }

    [Theory, BothDatabases]
    public async Task A_plan_that_is_over_says_when_it_ended_and_offers_the_next(Db db)
    {
        await using var portal = await Portal.StartAsync(db, Portal.Machines(1));
        (await (await portal.SignUpWithPlanAsync("asha")).AllocateAsync()).Expect(201);
        portal.Clock.Advance(TimeSpan.FromDays(31));
        var page = Markup.Text(await OpenAsync(await portal.SignUpAsync("asha")));
        Assert.Contains("Your plan ended on", page, StringComparison.Ordinal);
        Assert.Contains("Choose a plan", page, StringComparison.Ordinal);
        Assert.Contains("vm-0001", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_refused_form_comes_back_with_sentence_trace_and_support_and_unknown_codes_print_nothing()
    {
        await using var portal = await Portal.StartAsync(Db.Sqlite, environment: Support);
        var asha = await portal.SignUpAsync("asha");
        const string trace = "0123456789abcdef0123456789abcdef";
        var page = await OpenAsync(asha, "/dashboard?refused=quota.exhausted&trace=" + trace);
        Assert.Contains(
            $"{VmRefusals.QuotaExhausted.Title} {VmRefusals.QuotaExhausted.Next}",
            Markup.Text(page),
            StringComparison.Ordinal
        );
        Assert.Contains($"Trace <span class=\"mono\">{trace}</span>", page, StringComparison.Ordinal);
        Assert.Contains("href=\"https://help.example.org/\"", page, StringComparison.Ordinal);
        foreach (var code in new[] { "no.such_code", "%3Cscript%3Ealert(1)%3C/script%3E", "" })
            Assert.DoesNotContain(
                "role=\"alert\"",
                await OpenAsync(asha, "/dashboard?refused=" + code),
                StringComparison.Ordinal
            );
    }

    [Theory, BothDatabases]
    public async Task Messages_about_what_is_not_mine_or_makes_no_sense_print_nothing(Db db)
    {
        await using var portal = await Portal.StartAsync(db, Portal.Machines(2));
        var juma = await portal.SignUpWithPlanAsync("juma");
        var foreign = (await juma.AllocateAsync()).Text("sid");
        var asha = await portal.SignUpWithPlanAsync("asha");
        var bought = await portal.ReadAsync(d =>
            d.Purchases.Where(p => p.AccountSid == juma.Sid).Select(p => p.Sid).SingleAsync()
        );
        var future = Instants.ToMicros(portal.Now.AddYears(9000 - portal.Now.Year));
        foreach (
            var query in new[]
            {
                $"started={foreign}",
                $"released={foreign}",
                $"bought={bought}",
                "started=nonsense",
                "released=%00",
                $"started={foreign}&already={Instants.ToMicros(portal.Now)}",
                "already=99999999999999999999",
                "already=-5",
                "already=abc",
                $"already={future}",
            }
        )
            Assert.DoesNotContain(
                "role=\"status\"",
                await OpenAsync(asha, "/dashboard?" + query),
                StringComparison.Ordinal
            );
    }

    private static readonly Dictionary<string, string?> Support = new()
    {
        ["SUPPORT_URL"] = "https://help.example.org/",
    };

    private static async Task<string> OpenAsync(Customer customer, string page = "/dashboard") =>
        (await customer.Browser.OpenAsync(page)).Expect(200).Body;
}
