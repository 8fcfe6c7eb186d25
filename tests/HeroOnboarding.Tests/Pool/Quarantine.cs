using HeroOnboarding.Pool;
using HeroOnboarding.Tests.Admin;
using HeroOnboarding.Tests.Stores;
using HeroOnboarding.Tests.Support;
using HeroOnboarding.Vms;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Tests.Pool;

/// <summary>Machines that an operator takes out of service, with a reason.</summary>
public sealed class Quarantine
{
    [Theory, BothDatabases]
    public async Task A_quarantined_machine_is_not_handed_out_and_no_refresh_changes_that(Db db)
    {
        await using var portal = await Portal.StartAsync(db, Portal.Machines(1));
        var asha = await portal.SignUpWithPlanAsync("asha");
        (await QuarantineAsync(portal, "no")).ExpectRefusal(Refusals.ReasonRequired);
        Assert.Equal("quarantined", (await QuarantineAsync(portal, "odd\nnoises\u202e")).Expect(200).Text("condition"));
        (await asha.AllocateAsync()).ExpectRefusal(VmRefusals.PoolEmpty);
        (await portal.RefreshPoolAsync("[]")).Expect(200);
        (await portal.RefreshPoolAsync("""[{"id":"vm-0001","wiped_lease":0}]""")).Expect(200);
        (await asha.AllocateAsync()).ExpectRefusal(VmRefusals.PoolEmpty);
        Assert.Equal("odd noises", await portal.ReadAsync(d => d.PoolVms.Select(v => v.ConditionReason).SingleAsync()));
        // Never handed out, so nothing has to be erased.
        Assert.Equal("clean", (await LiftAsync(portal)).Expect(200).Text("condition"));
        var since = await portal.ReadAsync(d => d.PoolVms.Select(v => v.FreeSince).SingleAsync());
        portal.Clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal("clean", (await LiftAsync(portal)).Expect(200).Text("condition"));
        // Nothing to lift: it keeps its place among the free ones.
        Assert.Equal(since, await portal.ReadAsync(d => d.PoolVms.Select(v => v.FreeSince).SingleAsync()));
        (await asha.AllocateAsync()).Expect(201);
        (
            await portal.AdminPostAsync("/admin/pool-vm-quarantine", new { pool_vm_id = "vm-9", reason = "as agreed" })
        ).ExpectRefusal(PoolRefusals.PoolVmUnknown);
        (
            await portal.AdminPostAsync("/admin/pool-vm-lift", new { pool_vm_id = "vm-9", reason = "as agreed" })
        ).ExpectRefusal(PoolRefusals.PoolVmUnknown);
    }

    [Theory, BothDatabases]
    public async Task Whoever_holds_it_keeps_it_and_given_back_it_stays_out_until_it_is_lifted_and_erased(Db db)
    {
        await using var portal = await Portal.StartAsync(db, Portal.Machines(1));
        var asha = await portal.SignUpWithPlanAsync("asha");
        var lease = (await asha.AllocateAsync()).Expect(201).Text("sid");
        (await QuarantineAsync(portal)).Expect(200);
        Assert.Contains(
            "Active",
            (await asha.Browser.OpenAsync("/dashboard")).Expect(200).Body,
            StringComparison.Ordinal
        );
        (await asha.ReleaseAsync(lease)).Expect(200);
        (await asha.AllocateAsync()).ExpectRefusal(VmRefusals.PoolEmpty);
        // Lifted before it was reported erased: that is still needed.
        Assert.Equal("recycling", (await LiftAsync(portal)).Expect(200).Text("condition"));
        (await asha.AllocateAsync()).ExpectRefusal(VmRefusals.PoolEmpty);
        (await QuarantineAsync(portal)).Expect(200);
        // Erased while it is quarantined: the customer may know, the machine stays out.
        Assert.Equal("quarantined", (await ReadyAsync(portal, 1)).Expect(200).Text("condition"));
        Assert.Equal("quarantined", (await ReadyAsync(portal, 1)).Expect(200).Text("condition"));
        Assert.Contains(
            "Erased",
            (await asha.Browser.OpenAsync("/dashboard")).Expect(200).Body,
            StringComparison.Ordinal
        );
        (await asha.AllocateAsync()).ExpectRefusal(VmRefusals.PoolEmpty);
        Assert.Equal("clean", (await LiftAsync(portal)).Expect(200).Text("condition"));
        Assert.Equal(2, (await asha.AllocateAsync()).Expect(201).Number("lease_number"));
        // A quarantine that ends while somebody holds the machine leaves nothing behind.
        (await QuarantineAsync(portal)).Expect(200);
        Assert.Equal("clean", (await LiftAsync(portal)).Expect(200).Text("condition"));
        Assert.Equal(
            (PoolCondition.Clean, true),
            await portal.ReadAsync(async d =>
                (await d.PoolVms.SingleAsync()) is var v ? (v.Condition, v.AllocationSid != null) : default
            )
        );
    }

    /// <summary>Nothing has to be erased on it, which is no reason to hand it out again.</summary>
    [Theory, BothDatabases]
    public async Task A_quarantined_sample_machine_that_is_given_back_stays_out(Db db)
    {
        var demo = new Dictionary<string, string?> { ["PROVISIONER_DEMO"] = "true" };
        await using var portal = await Portal.StartAsync(db, null, demo);
        var asha = await portal.SignUpWithPlanAsync("asha");
        foreach (var condition in new[] { PoolCondition.Clean, PoolCondition.Quarantined })
        {
            var lease = (await asha.AllocateAsync()).Expect(201);
            var id = lease.Text("pool_vm_id");
            if (condition == PoolCondition.Quarantined)
                (
                    await portal.AdminPostAsync(
                        "/admin/pool-vm-quarantine",
                        new { pool_vm_id = id, reason = "as agreed" }
                    )
                ).Expect(200);
            (await asha.ReleaseAsync(lease.Text("sid"))).Expect(200);
            Assert.Equal(
                condition,
                await portal.ReadAsync(d => d.PoolVms.Where(v => v.Id == id).Select(v => v.Condition).SingleAsync())
            );
            if (condition == PoolCondition.Quarantined)
                Assert.Equal(
                    "clean",
                    (await portal.AdminPostAsync("/admin/pool-vm-lift", new { pool_vm_id = id, reason = "looked at" }))
                        .Expect(200)
                        .Text("condition")
                );
        }
    }

    /// <summary>Held machines are not probed, so no answer can be asked of them.</summary>
    [Theory, BothDatabases]
    public async Task While_machines_are_probed_the_quarantine_of_a_held_one_ends_without_answers(Db db)
    {
        var probed = new Dictionary<string, string?> { ["PROBE"] = "tcp" };
        await using var portal = await Portal.StartAsync(db, Portal.Machines(1), probed);
        (await QuarantineAsync(portal)).Expect(200);
        (await LiftAsync(portal)).ExpectRefusal(PoolRefusals.PoolVmUnproven);
        var answered = Instants.ToMicros(portal.Now);
        await portal.AcceptsAsync(
            "UPDATE pool_vms SET condition = 'clean', proven = true, probe_good_at = {0}",
            answered
        );
        var asha = await portal.SignUpWithPlanAsync("asha");
        (await asha.AllocateAsync()).Expect(201);
        (await QuarantineAsync(portal)).Expect(200);
        Assert.Equal("clean", (await LiftAsync(portal)).Expect(200).Text("condition"));
    }

    [Theory, BothDatabases]
    public async Task Operators_quarantine_and_lift_on_the_page_and_the_audit_knows_why(Db db)
    {
        await using var portal = await Portal.StartAsync(db, Portal.Machines(1));
        using var browser = await portal.OperatorAsync();
        var reply = await browser.SubmitAsync(
            "/admin/pool",
            "/admin/pool-vm-quarantine",
            new Dictionary<string, string> { ["reason"] = "smells burnt" }
        );
        Assert.Equal("/admin/pool?quarantined=vm-0001", reply.Expect(303).Location);
        var page = Markup.Text((await browser.OpenAsync(reply.Location!)).Expect(200).Body);
        Assert.Contains("vm-0001 is quarantined.", page, StringComparison.Ordinal);
        Assert.Contains("smells burnt", page, StringComparison.Ordinal);
        reply = await browser.SubmitAsync(
            "/admin/pool",
            "/admin/pool-vm-lift",
            new Dictionary<string, string> { ["reason"] = "a neighbour's toast" }
        );
        Assert.Contains(
            "The quarantine of vm-0001 is over.",
            Markup.Text((await browser.OpenAsync(reply.Expect(303).Location!)).Body),
            StringComparison.Ordinal
        );
        Assert.Equal(["operator:Neema vm-0001"], await portal.AuditOfAsync("pool.quarantine"));
        Assert.Equal(["operator:Neema vm-0001"], await portal.AuditOfAsync("pool.lift"));
    }

    private static Task<Reply> QuarantineAsync(Portal portal, string reason = "as agreed") =>
        portal.AdminPostAsync("/admin/pool-vm-quarantine", new { pool_vm_id = "vm-0001", reason });

    private static Task<Reply> LiftAsync(Portal portal) =>
        portal.AdminPostAsync("/admin/pool-vm-lift", new { pool_vm_id = "vm-0001", reason = "looked at" });

    private static Task<Reply> ReadyAsync(Portal portal, long lease) =>
        portal.AdminPostAsync("/admin/pool-vm-ready", new { pool_vm_id = "vm-0001", lease_number = lease });
}
