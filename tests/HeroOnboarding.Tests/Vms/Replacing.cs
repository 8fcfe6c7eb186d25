using HeroOnboarding.Accounts;
using HeroOnboarding.Plans;
using HeroOnboarding.Pool;
using HeroOnboarding.Tests.Stores;
using HeroOnboarding.Tests.Support;
using HeroOnboarding.Vms;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Tests.Vms;

/// <summary>
/// "This machine does not work": the customer gets another one in the same slot, and the first goes to quarantine.
/// </summary>
public sealed class Replacing
{
    [Theory, BothDatabases]
    public async Task Quarantine_and_a_new_lease_are_one_commit_and_no_slot_is_lost(Db db)
    {
        await using var at = await DeployedPortal.StartAsync(db, 3);
        var portal = at.Portal;
        var asha = await portal.SignUpWithPlanAsync("asha");
        var first = (await asha.AllocateAsync()).Expect(201);
        portal.Clock.Advance(TimeSpan.FromDays(3));
        asha = await portal.SignUpAsync("asha");
        var second = (await ReplaceAsync(asha, first, "no answer\non port 22")).Expect(201);
        Assert.Equal(("vm-0002", first.Text("sid")), (second.Text("pool_vm_id"), second.Text("replaces_sid")));
        foreach (var same in new[] { "expires_at", "plan_id" })
            Assert.Equal(first.Text(same), second.Text(same));
        Assert.Equal(first.Number("cost_cents"), second.Number("cost_cents"));
        var old = await portal.ReadAsync(d => d.PoolVms.SingleAsync(v => v.Id == "vm-0001"));
        Assert.Equal(
            (PoolCondition.Quarantined, "Its customer says that it does not work: no answer on port 22", (string?)null),
            (old.Condition, old.ConditionReason, old.AllocationSid)
        );
        var ended = await portal.ReadAsync(d => d.VmAllocations.SingleAsync(a => a.Sid == first.Text("sid")));
        Assert.Equal((AllocationStatus.Released, "does_not_work"), (ended.Status, ended.ReleaseReason));
        Assert.Equal(1, await portal.ReadAsync(d => d.Purchases.Select(p => p.Used).SingleAsync()));
        await portal.DeliverAsync();
        // The notice of the first hand-out is stale; the deployer receives its end and the second hand-out.
        Assert.Equal(["assign vm-0002 1", "release vm-0001 1"], at.Asked.Order(StringComparer.Ordinal));
        Assert.Equal(
            "does_not_work",
            at.Deployer.Calls.Single(c => c.Path.EndsWith("release-vm", StringComparison.Ordinal))
                .Body.GetProperty("reason")
                .GetString()
        );
        // Erased by the deployer's 200, and still in quarantine.
        Assert.Equal(
            PoolCondition.Quarantined,
            await portal.ReadAsync(d => d.PoolVms.Where(v => v.Id == "vm-0001").Select(v => v.Condition).SingleAsync())
        );
        Assert.NotNull(
            await portal.ReadAsync(d =>
                d.VmAllocations.Where(a => a.Sid == first.Text("sid")).Select(a => a.ErasedAt).SingleAsync()
            )
        );
        await Invariants.HoldAsync(portal);
    }

    [Theory, BothDatabases]
    public async Task When_no_other_machine_is_free_nothing_changes(Db db)
    {
        await using var portal = await Portal.StartAsync(db, Portal.Machines(1));
        var asha = await portal.SignUpWithPlanAsync("asha");
        var lease = (await asha.AllocateAsync()).Expect(201);
        var before = await portal.FactsAsync();
        (await ReplaceAsync(asha, lease)).ExpectRefusal(VmRefusals.PoolEmpty);
        Assert.Equal(before, await portal.FactsAsync());
    }

    [Theory, BothDatabases]
    public async Task It_is_limited_per_thirty_days_and_has_the_gates_of_a_hand_out(Db db)
    {
        await using var portal = await Portal.StartAsync(db, Portal.Machines(20));
        var asha = await portal.SignUpWithPlanAsync("asha");
        var lease = (await asha.AllocateAsync()).Expect(201);
        var first = lease;
        for (var n = 0; n < 5; n++)
        {
            lease = (await ReplaceAsync(asha, lease)).Expect(201);
            portal.Clock.Advance(TimeSpan.FromDays(1));
            asha = await portal.SignUpAsync("asha");
        }
        var often = (await ReplaceAsync(asha, lease)).ExpectRefusal(VmRefusals.ReplaceTooOften);
        Assert.Equal(TimeSpan.FromDays(25), often.Response.Headers.RetryAfter?.Delta);
        (await ReplaceAsync(asha, first)).ExpectRefusal(VmRefusals.MachineOver);
        (await ReplaceAsync(await portal.SignUpWithPlanAsync("juma"), lease)).ExpectRefusal(Refusals.NotFound);
        (await asha.PostAsync("/vm/replace", new { })).ExpectRefusal(Refusals.NotFound);
        (await portal.AdminPostAsync("/admin/user-suspend", new { user_sid = asha.Sid, reason = "a look" })).Expect(
            200
        );
        (await ReplaceAsync(asha, lease)).ExpectRefusal(AccountRefusals.AccountSuspended);
        (await portal.AdminPostAsync("/admin/user-unsuspend", new { user_sid = asha.Sid, reason = "looked" })).Expect(
            200
        );
        await portal.RestartAsync(new Dictionary<string, string?> { ["VM_POOL_JSON"] = null });
        (await ReplaceAsync(asha.Again(), lease)).ExpectRefusal(VmRefusals.ProvisionerUnavailable);
        portal.Clock.Advance(TimeSpan.FromDays(26));
        (await ReplaceAsync(await portal.SignUpAsync("asha"), lease)).ExpectRefusal(PlanRefusals.PlanRequired);
        Assert.Equal(
            1,
            await portal.ReadAsync(d =>
                d.VmAllocations.CountAsync(a => a.UserSid == asha.Sid && a.Status == AllocationStatus.Active)
            )
        );
    }

    /// <summary>
    /// A machine of an ended plan is kept for a while, but not replaced, and its replacements do not count for the plan
    /// that was bought after it.
    /// </summary>
    [Theory, BothDatabases]
    public async Task A_machine_of_an_earlier_plan_is_not_replaced_and_its_replacements_do_not_count_later(Db db)
    {
        await using var portal = await Portal.StartAsync(db, Portal.Machines(20));
        var asha = await portal.SignUpWithPlanAsync("asha");
        portal.Clock.Advance(TimeSpan.FromDays(29));
        asha = await portal.SignUpAsync("asha");
        var old = (await asha.AllocateAsync()).Expect(201);
        for (var n = 0; n < 5; n++)
            old = (await ReplaceAsync(asha, old)).Expect(201);
        (await ReplaceAsync(asha, old)).ExpectRefusal(VmRefusals.ReplaceTooOften);
        portal.Clock.Advance(TimeSpan.FromDays(2));
        asha = await portal.SignUpAsync("asha");
        await asha.TopUpAsync(1000);
        (await asha.BuyPlanAsync()).Expect(201);
        (await ReplaceAsync(asha, old)).ExpectRefusal(PlanRefusals.PlanRequired);
        (await ReplaceAsync(asha, (await asha.AllocateAsync()).Expect(201))).Expect(201);
    }

    /// <summary>Replacements of the last 30 days count, and hand-outs that replace nothing do not.</summary>
    [Theory, BothDatabases]
    public async Task Only_replacements_of_the_last_thirty_days_count(Db db)
    {
        await using var portal = await Portal.StartAsync(db, Portal.Machines(20));
        var asha = await portal.SignUpWithPlanAsync("asha");
        var lease = (await asha.AllocateAsync()).Expect(201);
        for (var n = 0; n < 3; n++)
            (await asha.ReleaseAsync((await asha.AllocateAsync()).Expect(201).Text("sid"))).Expect(200);
        for (var n = 0; n < 5; n++)
            lease = (await ReplaceAsync(asha, lease)).Expect(201);
        await asha.TopUpAsync(1000);
        Assert.True((await asha.PostAsync("/plan/renew", new { })).Response.IsSuccessStatusCode);
        portal.Clock.Advance(ReplaceVm.Window - TimeSpan.FromSeconds(1));
        asha = await portal.SignUpAsync("asha");
        (await ReplaceAsync(asha, lease)).ExpectRefusal(VmRefusals.ReplaceTooOften);
        portal.Clock.Advance(TimeSpan.FromSeconds(1));
        (await ReplaceAsync(asha, lease)).Expect(201);
    }

    [Theory, BothDatabases]
    public async Task Sent_again_under_its_key_it_happens_once_and_at_once_with_a_release_one_of_them_wins(Db db)
    {
        await using var portal = await Portal.StartAsync(
            db,
            Portal.Machines(12),
            new Dictionary<string, string?> { ["REPLACEMENTS_PER_SLOT"] = "100" }
        );
        var asha = await portal.SignUpWithPlanAsync("asha");
        var lease = (await asha.AllocateAsync()).Expect(201);
        var body = new { allocation_sid = lease.Text("sid") };
        var once = await Task.WhenAll(
            Enumerable.Range(0, 8).Select(_ => asha.PostAsync("/vm/replace", body, "one-wish"))
        );
        Assert.Single(once.Select(r => r.Expect(201).Text("sid")).Distinct());
        lease = once[0];
        var replies = await Task.WhenAll(
            Enumerable
                .Range(0, 12)
                .Select(n => n % 2 == 0 ? ReplaceAsync(asha, lease) : asha.ReleaseAsync(lease.Text("sid")))
        );
        var won = replies.Where((_, n) => n % 2 == 0).Count(r => (int)r.Status == 201);
        Assert.InRange(won, 0, 1);
        Assert.All(
            replies.Where((r, n) => n % 2 == 0 && (int)r.Status != 201),
            r => r.ExpectRefusal(VmRefusals.MachineOver)
        );
        Assert.Equal(won, await portal.ReadAsync(d => d.Purchases.Select(p => p.Used).SingleAsync()));
        Assert.Equal(
            1 + won,
            await portal.ReadAsync(d => d.PoolVms.CountAsync(v => v.Condition == PoolCondition.Quarantined))
        );
        await Invariants.HoldAsync(portal);
    }

    [Theory, BothDatabases]
    public async Task Many_replacing_at_once_during_refreshes_keep_their_slots(Db db)
    {
        await using var portal = await Portal.StartAsync(
            db,
            Portal.Machines(40),
            new Dictionary<string, string?> { ["REPLACEMENTS_PER_SLOT"] = "100" }
        );
        var customers = await Task.WhenAll(Enumerable.Range(0, 6).Select(n => portal.SignUpWithPlanAsync("hands" + n)));
        var work = customers
            .Select(async customer =>
            {
                var lease = (await customer.AllocateAsync()).Expect(201);
                for (var n = 0; n < 4; n++)
                    lease = (await ReplaceAsync(customer, lease)).Expect(201);
            })
            .ToList();
        for (var n = 0; n < 4; n++)
            (
                await portal.RefreshPoolAsync(
                    Portal.Machines(40).Replace("10.0.", $"10.{n}.", StringComparison.Ordinal)
                )
            ).Expect(200);
        await Task.WhenAll(work);
        Assert.Equal(
            (24, 6),
            await portal.ReadAsync(async d =>
                (
                    await d.PoolVms.CountAsync(v => v.Condition == PoolCondition.Quarantined),
                    await d.PoolVms.CountAsync(v => v.AllocationSid != null)
                )
            )
        );
        Assert.All(
            await portal.ReadAsync(d => d.Purchases.Select(p => p.Used).ToListAsync()),
            used => Assert.Equal(1, used)
        );
        await Invariants.HoldAsync(portal);
    }

    [Fact]
    public async Task The_dashboard_has_the_form_and_says_what_happened()
    {
        await using var portal = await Portal.StartAsync(Db.Sqlite, Portal.Machines(2));
        var asha = await portal.SignUpWithPlanAsync("asha");
        (await asha.AllocateAsync()).Expect(201);
        var reply = await asha.Browser.SubmitAsync(
            "/dashboard",
            "/vm/replace",
            new Dictionary<string, string> { ["problem"] = "<b>dead</b>" }
        );
        var page = Markup.Text((await asha.Browser.OpenAsync(reply.Expect(303).Location!)).Expect(200).Body);
        Assert.Contains("vm-0002 is yours instead of vm-0001.", page, StringComparison.Ordinal);
        Assert.Contains("Machine vm-0001 does not work", page, StringComparison.Ordinal);
        Assert.Contains("1 of 5 in use", page, StringComparison.Ordinal);
        await portal.RestartAsync(new Dictionary<string, string?> { ["REPLACEMENTS_PER_SLOT"] = "0" });
        Assert.DoesNotContain(
            "/vm/replace",
            (await asha.Again().Browser.OpenAsync("/dashboard")).Expect(200).Body,
            StringComparison.Ordinal
        );
        var sid = await portal.ReadAsync(d =>
            d.VmAllocations.Where(a => a.Status == AllocationStatus.Active).Select(a => a.Sid).SingleAsync()
        );
        (await asha.Again().PostAsync("/vm/replace", new { allocation_sid = sid })).ExpectRefusal(
            VmRefusals.ReplaceTooOften
        );
    }

    private static Task<Reply> ReplaceAsync(Customer customer, Reply lease, string? problem = null) =>
        customer.PostAsync("/vm/replace", new { allocation_sid = lease.Text("sid"), problem });
}
