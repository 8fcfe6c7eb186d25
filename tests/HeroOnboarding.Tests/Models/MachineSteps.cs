using HeroOnboarding.Pool;
using HeroOnboarding.Simulators.Deployer;
using HeroOnboarding.Tests.Support;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Tests.Models;

/// <summary>
/// Steps of the deployer, of operators about machines, of probes and of time, on the portal and in the book.
/// </summary>
/// <param name="up">Addresses that answer probes.</param>
internal sealed class MachineSteps(DeployedPortal at, PlanBook book, HashSet<string> up)
{
    private int callsRead;

    private Portal Portal => at.Portal;

    public void SetMood(PlanStep.Mood mood)
    {
        at.Deployer.Assign.Always = at.Deployer.Release.Always = mood switch
        {
            PlanStep.Mood.Ready => DeployerAnswer.Ok,
            PlanStep.Mood.Later => DeployerAnswer.Accepted,
            PlanStep.Mood.Down => new DeployerAnswer(503),
            _ => DeployerAnswer.Lost(),
        };
    }

    public async Task DeliverAsync()
    {
        await Portal.DeliverAsync();
        ReadCalls();
    }

    /// <summary>A release that the deployer answered with 200 means that the machine is erased.</summary>
    private void ReadCalls()
    {
        var calls = at.Deployer.Calls;
        foreach (var call in calls.Skip(callsRead).Where(c => c.Path.EndsWith("release-vm", StringComparison.Ordinal)))
        {
            var vm = book.Machines[int.Parse(call.Body.GetProperty("pool_vm_id").GetString()![3..])];
            Assert.False(
                vm.Holder is not null && vm.Number == call.Body.GetProperty("lease_number").GetInt64(),
                "The deployer was asked to wipe a machine that a customer holds."
            );
            if (call.Status == 200 && vm.Number == call.Body.GetProperty("lease_number").GetInt64())
                vm.Erased = true;
        }
        callsRead = calls.Count;
    }

    /// <summary>An operator reports a machine erased.</summary>
    /// <param name="late">With the lease number before the current one.</param>
    public async Task EraseAsync(int machine, bool late)
    {
        var vm = book.Machines[machine];
        var number = vm.Number - (late ? 1 : 0);
        var reply = await Portal.AdminPostAsync(
            "/admin/pool-vm-ready",
            new { pool_vm_id = Name(machine), lease_number = Math.Max(0, number) }
        );
        if (number < 0 || late)
            Assert.True(vm.Number == 0 && (int)reply.Status is 200 || (int)reply.Status >= 400, reply.Body);
        else if (vm.Holder is not null)
            reply.ExpectRefusal(PoolRefusals.PoolVmHeld);
        else
        {
            reply.Expect(200);
            (vm.Erased, vm.Misses) = (true, vm.Quarantined ? vm.Misses : 0);
        }
    }

    public async Task QuarantineAsync(int machine)
    {
        (
            await Portal.AdminPostAsync(
                "/admin/pool-vm-quarantine",
                new { pool_vm_id = Name(machine), reason = "a noise" }
            )
        ).Expect(200);
        book.Machines[machine].Quarantined = true;
    }

    public async Task LiftAsync(int machine)
    {
        if (
            (int)
                (
                    await Portal.AdminPostAsync(
                        "/admin/pool-vm-lift",
                        new { pool_vm_id = Name(machine), reason = "looked at" }
                    )
                ).Status == 200
        )
            book.Machines[machine].Quarantined = false;
    }

    /// <summary>Moves time by 90 seconds and probes.</summary>
    /// <param name="mask">One bit for each machine that answers.</param>
    public async Task ProbeAsync(int mask)
    {
        await PassAsync(TimeSpan.FromSeconds(90));
        up.Clear();
        up.UnionWith(
            Enumerable.Range(1, PlanStep.Machines).Where(n => (mask >> (n - 1) & 1) == 1).Select(n => $"10.0.0.{n}")
        );
        Assert.True((await Portal.RunJobAsync("pool.probe"))!.Ok);
        foreach (
            var (number, vm) in book.Machines.Where(m =>
                m.Value.Holder is null && (m.Value.Quarantined || m.Value.Erased)
            )
        )
        {
            var answers = up.Contains($"10.0.0.{number}");
            (vm.Good, vm.Misses) = answers ? (book.Now, 0) : (vm.Good, vm.Misses + 1);
            // The portal may not know yet that a machine is erased, and then does not probe it.
            vm.Quarantined = await Portal.ReadAsync(d =>
                d.PoolVms.Where(m => m.Id == Name(number))
                    .Select(m => m.Condition == PoolCondition.Quarantined)
                    .SingleAsync()
            );
        }
    }

    public async Task RefreshAsync() => (await Portal.RefreshPoolAsync(Portal.Machines(PlanStep.Machines))).Expect(200);

    public Task PassAsync(TimeSpan time)
    {
        Portal.Clock.Advance(time);
        book.Now = Portal.Now;
        return Task.CompletedTask;
    }

    public static string Name(int machine) => $"vm-{machine:0000}";
}
