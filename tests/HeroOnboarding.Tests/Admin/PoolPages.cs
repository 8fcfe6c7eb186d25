using HeroOnboarding.Plans;
using HeroOnboarding.Tests.Support;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Tests.Admin;

public sealed class PoolPages
{
    [Theory, BothDatabases]
    public async Task Machines_are_erased_one_or_all_and_go_into_maintenance_and_back_from_the_page(Db db)
    {
        await using var portal = await Portal.StartAsync(db, Portal.Machines(4));
        var asha = await portal.SignUpWithPlanAsync("asha");
        foreach (var _ in Enumerable.Range(0, 3))
            (await asha.ReleaseAsync((await asha.AllocateAsync()).Expect(201).Text("sid"))).Expect(200);
        using var browser = await portal.OperatorAsync();
        Assert.Equal(
            "/admin/pool?ready=vm-0001",
            (await browser.SubmitAsync("/admin/pool?q=vm-0001&state=recycling", "/admin/pool-vm-ready", Vm("vm-0001")))
                .Expect(303)
                .Location
        );
        portal.Clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(["vm-0002", "vm-0003"], await portal.WalkAsync("/admin/list-pool?state=recycling", "id", 50));
        var all = (await browser.SubmitAsync("/admin/pool", "/admin/pool-many")).Expect(303);
        Assert.Contains(
            "They were erased: 2 changed, 0 left alone.",
            Markup.Text((await browser.OpenAsync(all.Location!)).Body),
            StringComparison.Ordinal
        );
        Assert.Equal(4, (await portal.WalkAsync("/admin/list-pool?state=free", "id", 50)).Count);
        (await browser.SubmitAsync("/admin/pool", "/admin/pool-vm-status", With("vm-0004", "maintenance"))).Expect(303);
        Assert.Equal(["vm-0004"], await portal.WalkAsync("/admin/list-pool?state=maintenance", "id", 50));
        (await browser.SubmitAsync("/admin/pool", "/admin/pool-vm-status", With("vm-0004", "available"))).Expect(303);
        Assert.Empty(await portal.WalkAsync("/admin/list-pool?state=maintenance", "id", 50));
        Assert.Equal(["operator:Neema vm-0001"], await portal.AuditOfAsync("pool.ready"));
        Assert.Equal(["operator:Neema pool"], await portal.AuditOfAsync("pool.many"));
    }

    [Theory, BothDatabases]
    public async Task Machines_that_are_no_longer_listed_but_held_name_their_holders(Db db)
    {
        await using var portal = await Portal.StartAsync(db, Portal.Machines(2));
        var asha = await portal.SignUpWithPlanAsync("asha");
        var lease = (await asha.AllocateAsync()).Expect(201).Text("sid");
        (await portal.RefreshPoolAsync("[]")).Expect(200);
        using var browser = await portal.OperatorAsync();
        var body = (await browser.OpenAsync("/admin/pool")).Expect(200).Body;
        Assert.Matches(
            $"vm-0001</span><span>held by <a href=\"/admin/users/{asha.Sid}\" title=\"asha\">asha</a>, lease <a "
                + $"href=\"/admin/allocations/{lease}\">1</a>",
            body
        );
        Assert.Equal(["vm-0001"], await portal.WalkAsync("/admin/list-pool?state=held&listed=no", "id", 50));
        Assert.Equal(["vm-0002"], await portal.WalkAsync("/admin/list-pool?state=unlisted", "id", 50));
    }

    [Theory, BothDatabases]
    public async Task An_operator_gives_a_machine_back_with_a_reason_and_the_slot_returns(Db db)
    {
        await using var portal = await Portal.StartAsync(db, Portal.Machines(1));
        var asha = await portal.SignUpWithPlanAsync("asha");
        var page = "/admin/allocations/" + (await asha.AllocateAsync()).Expect(201).Text("sid");
        using var browser = await portal.OperatorAsync();
        Assert.Equal(
            page + "?refused=reason.required",
            (await browser.SubmitAsync(page, "/admin/vm-release", new Dictionary<string, string> { ["reason"] = " " }))
                .Expect(303)
                .Location
        );
        Assert.Equal(
            page + "?done=released",
            (
                await browser.SubmitAsync(
                    page,
                    "/admin/vm-release",
                    new Dictionary<string, string> { ["reason"] = "asked by phone" }
                )
            )
                .Expect(303)
                .Location
        );
        Assert.Contains("asked by phone", (await browser.OpenAsync(page)).Expect(200).Body, StringComparison.Ordinal);
        Assert.Equal(0, await portal.ReadAsync(d => d.Purchases.Select(p => p.Used).SingleAsync()));
        Assert.Equal("operator:Neema " + asha.Sid, Assert.Single(await portal.AuditOfAsync("vm.release")));
        (
            await portal.AdminPostAsync("/admin/vm-release", new { allocation_sid = page[^26..], reason = "again" })
        ).Expect(200);
        (
            await portal.AdminPostAsync(
                "/admin/vm-release",
                new { allocation_sid = "01KB00Q7000000000000000000", reason = "again" }
            )
        ).ExpectRefusal(Refusals.NotFound);
        Assert.Equal(0, await portal.ReadAsync(d => d.Purchases.Select(p => p.Used).SingleAsync()));
    }

    private static Dictionary<string, string> Vm(string id) => new() { ["=pool_vm_id"] = id };

    private static Dictionary<string, string> With(string id, string status) =>
        new() { ["=pool_vm_id"] = id, ["status"] = status };
}
