using HeroOnboarding.Plans;
using HeroOnboarding.Tests.Support;
using HeroOnboarding.Vms;
using HeroOnboarding.Web;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Tests.Vms;

/// <summary>Messages on the dashboard after a form was sent, refused or repeated.</summary>
public sealed class DashboardMessages
{
    [Theory, BothDatabases]
    public async Task The_same_form_sent_twice_takes_one_machine_and_says_so(Db db)
    {
        await using var portal = await Portal.StartAsync(db, Portal.Machines(3));
        var asha = await portal.SignUpWithPlanAsync("asha");
        var form = Markup.Fields(await asha.OpenDashboardAsync(), "/vm/allocate");
        Assert.NotEmpty(form["__RequestVerificationToken"]);
        Assert.NotEmpty(form["idempotency_key"]);
        var first = (await asha.Browser.PostFormAsync("/vm/allocate", form)).Expect(303);
        Assert.Contains("vm-0001 is yours.", await asha.OpenDashboardAsync(first.Location!), StringComparison.Ordinal);
        portal.Clock.Advance(TimeSpan.FromMinutes(3));
        var second = (await asha.Browser.PostFormAsync("/vm/allocate", form)).Expect(303);
        Assert.StartsWith(first.Location + "&already=", second.Location, StringComparison.Ordinal);
        var page = await asha.OpenDashboardAsync(second.Location!);
        Assert.Contains("Already done at", page, StringComparison.Ordinal);
        Assert.Contains("<a href=\"/dashboard\">Start another</a>", page, StringComparison.Ordinal);
        Assert.Equal(1, await portal.ReadAsync(d => d.VmAllocations.CountAsync()));
        Assert.NotEqual(
            form["idempotency_key"],
            Markup.Fields(await asha.OpenDashboardAsync(), "/vm/allocate")["idempotency_key"]
        );
    }

    [Fact]
    public async Task An_empty_pool_is_said_before_and_after_trying()
    {
        await using var portal = await Portal.StartAsync(Db.Sqlite);
        var asha = await portal.SignUpWithPlanAsync("asha");
        Assert.Contains(
            "No machine is free right now. Nothing was charged and your slot is untouched.",
            Markup.Text(await asha.OpenDashboardAsync()),
            StringComparison.Ordinal
        );
        var refused = (await asha.Browser.SubmitAsync("/dashboard", "/vm/allocate")).Expect(303);
        Assert.Equal("/dashboard?refused=pool.empty", refused.Location);
        var page = Markup.Text(await asha.OpenDashboardAsync(refused.Location!));
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
        var form = Markup.Fields(await asha.OpenDashboardAsync(), "/vm/allocate");
        for (var i = 0; i < 5; i++)
            (await asha.ReleaseAsync((await asha.AllocateAsync()).Expect(201).Text("sid"))).Expect(200);
        var refused = (await asha.Browser.PostFormAsync("/vm/allocate", form)).Expect(303);
        var page = Markup.Text(await asha.OpenDashboardAsync(refused.Location!));
        Assert.Contains(VmRefusals.AllocateTooOften.Title, page, StringComparison.Ordinal);
        page = page.Replace(" .", ".", StringComparison.Ordinal);
        Assert.Single(System.Text.RegularExpressions.Regex.Matches(page, VmRefusals.AllocateTooOften.Title));
        Assert.Contains(
            $"The next machine can be started at {Show.Utc(portal.Now.AddDays(1))}.",
            page,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task A_refused_form_comes_back_with_sentence_trace_and_support_and_unknown_codes_print_nothing()
    {
        await using var portal = await Portal.StartAsync(Db.Sqlite, environment: DashboardVisits.Support);
        var asha = await portal.SignUpAsync("asha");
        const string trace = "0123456789abcdef0123456789abcdef";
        var page = await asha.OpenDashboardAsync("/dashboard?refused=quota.exhausted&trace=" + trace);
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
                await asha.OpenDashboardAsync("/dashboard?refused=" + code),
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
                await asha.OpenDashboardAsync("/dashboard?" + query),
                StringComparison.Ordinal
            );
    }
}
