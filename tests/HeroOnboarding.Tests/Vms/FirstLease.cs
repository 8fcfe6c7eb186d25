using HeroOnboarding.Accounts;
using HeroOnboarding.Plans;
using HeroOnboarding.Tests.Support;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Tests.Vms;

public sealed class FirstLease
{
    [Theory, BothDatabases]
    public async Task A_customer_with_a_plan_takes_a_machine_and_gives_it_back(Db db)
    {
        await using var portal = await Portal.StartAsync(db, Portal.Machines(2));
        var asha = await portal.SignUpWithPlanAsync("asha");
        var lease = (await asha.AllocateAsync()).Expect(201);
        Assert.Equal("vm-0001", lease.Text("pool_vm_id"));
        Assert.Equal("https://vm-0001.example.org/", lease.Text("cockpit_url"));
        Assert.Equal("Active", lease.Text("status"));
        Assert.Equal(200, lease.Number("cost_cents"));
        var released = (await asha.ReleaseAsync(lease.Text("sid"))).Expect(200);
        Assert.Equal("Released", released.Text("status"));
        Assert.Equal(released.Body, (await asha.ReleaseAsync(lease.Text("sid"))).Expect(200).Body);
        Assert.Equal(0, await portal.ReadAsync(d => d.Purchases.Select(p => p.Used).SingleAsync()));
    }

    [Theory, BothDatabases]
    public async Task Without_a_plan_the_answer_says_what_to_do(Db db)
    {
        await using var portal = await Portal.StartAsync(db, Portal.Machines(1));
        var juma = await portal.SignUpAsync("juma");
        (await juma.AllocateAsync()).ExpectRefusal(AccountRefusals.KycRequired);
        await juma.PassKycAsync();
        (await juma.AllocateAsync()).ExpectRefusal(PlanRefusals.PlanRequired);
    }
}
