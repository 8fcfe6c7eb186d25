using System.Net;
using System.Net.Sockets;
using HeroOnboarding.Pool;
using HeroOnboarding.Simulators.Deployer;
using HeroOnboarding.Tests.Plans;
using HeroOnboarding.Tests.Stores;
using HeroOnboarding.Tests.Support;
using HeroOnboarding.Vms;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace HeroOnboarding.Tests.Models;

/// <summary>Does the same to a real portal and to the book, and compares them.</summary>
internal sealed partial class OneLife
{
    private readonly DeployedPortal at;
    private readonly PlanBook book;
    private readonly HashSet<string> up;
    private readonly Customer?[] customers = new Customer?[PlanStep.Customers];
    private readonly DateTimeOffset[] seen = new DateTimeOffset[PlanStep.Customers];
    private int heard;

    private OneLife(DeployedPortal at, HashSet<string> up) => (this.at, this.up, book) = (at, up, new(at.Portal.Now));

    private Portal Portal => at.Portal;

    public static async Task LiveAsync(Db db, IReadOnlyList<PlanStep> steps)
    {
        var up = new HashSet<string>();
        var wire = new ProbeWire(
            (_, _) => Task.FromResult(Array.Empty<IPAddress>()),
            (to, _) =>
                up.Contains(to.Address.ToString())
                    ? Task.FromResult<Stream>(new MemoryStream())
                    : throw new SocketException((int)SocketError.ConnectionRefused)
        );
        await using var at = await DeployedPortal.StartAsync(
            db,
            PlanStep.Machines,
            new Dictionary<string, string?> { ["PROBE"] = "tcp", ["REPLACEMENTS_PER_SLOT"] = "100" },
            services => services.Replace(ServiceDescriptor.Singleton(wire))
        );
        var life = new OneLife(at, up);
        // With money and machines that answer, so that a short life has something to do.
        for (var who = 0; who < PlanStep.Customers; who++)
            await life.TopUpAsync(who, 40_000_000);
        await life.ProbeAsync((1 << PlanStep.Machines) - 1);
        foreach (var step in steps)
            await life.DoAsync(step);
        await life.CompareAsync();
        await life.HealAsync();
    }

    private Task DoAsync(PlanStep step) =>
        step switch
        {
            PlanStep.TopUp s => TopUpAsync(s.Who, s.Micros),
            PlanStep.Ask s => AskAsync(s),
            PlanStep.Deployer s => Task.FromResult(SetMood(s.Is)),
            PlanStep.Deliver => DeliverAsync(),
            PlanStep.Erased s => EraseAsync(s.Machine, s.Late),
            PlanStep.Quarantine s => QuarantineAsync(s.Machine),
            PlanStep.Lift s => LiftAsync(s.Machine),
            PlanStep.Probe s => ProbeAsync(s.Up),
            PlanStep.Refresh => RefreshAsync(),
            PlanStep.Pass s => PassAsync(TimeSpan.FromHours(s.Hours)),
            PlanStep.ToTheEnd s => ToTheEndAsync(s.Who, s.After),
            PlanStep.AutoRenew => RenewByItselfAsync(),
            PlanStep.AutoRelease => ReleaseByItselfAsync(),
            PlanStep.Restart => RestartAsync(),
            _ => throw new InvalidOperationException(step.ToString()),
        };

    private async Task TopUpAsync(int who, long micros)
    {
        await (await CustomerAsync(who)).PassKycAsync();
        await (await CustomerAsync(who)).TopUpAsync(micros / 10_000);
        book.People[who].Micros += micros;
    }

    private async Task AskAsync(PlanStep.Ask ask)
    {
        var (person, customer) = (book.People[ask.Who], await CustomerAsync(ask.Who));
        await customer.PassKycAsync();
        // Machines that nobody asked lately are not handed out, and then nothing would happen.
        if (ask.Which % 2 == 0 && ask.Want is PlanStep.Wish.Take or PlanStep.Wish.BuyAndStart or PlanStep.Wish.Replace)
            await ProbeAsync((1 << PlanStep.Machines) - 1);
        var live = person.Live.ToList();
        var lease = live.Count == 0 ? null : live[ask.Which % live.Count];
        if (lease is null && ask.Want is PlanStep.Wish.GiveBack or PlanStep.Wish.Replace)
            return;
        var point = ask.Crash == PlanStep.Death.BeforeCommit ? "before commit" : "after commit";
        var died = false;
        if (ask.Crash != PlanStep.Death.None)
            Portal.Crash.Hook = (reached, act) =>
            {
                if (
                    reached != point
                    || !act.StartsWith("plan.", StringComparison.Ordinal)
                        && !act.StartsWith("vm.", StringComparison.Ordinal)
                )
                    return;
                died = true;
                throw new InvalidTimeZoneException("The process dies here.");
            };
        var reply = await SendAsync(customer, ask.Want, lease);
        if (ask.Crash != PlanStep.Death.None)
            await RestartAsync();
        var expected = Expected(person, ask.Want, lease);
        if (died)
            reply.Expect(500);
        else if (expected is { } sure)
            Assert.True(
                sure == ((int)reply.Status < 300),
                $"{ask}: {(sure ? "should be" : "should not be")} possible, answered {(int)reply.Status} "
                    + $"{reply.Code}; {person.Micros} micros, plan until {person.Plan?.End:O}, now {book.Now:O}"
            );
        if (died ? ask.Crash == PlanStep.Death.AfterCommit : (int)reply.Status < 300)
            await HappenedAsync(ask.Want, person, customer, lease);
    }

    private static Task<Reply> SendAsync(Customer customer, PlanStep.Wish wish, PlanBook.Lease? lease) =>
        wish switch
        {
            PlanStep.Wish.Buy => customer.BuyPlanAsync(),
            PlanStep.Wish.BuyAndStart => customer.BuyPlanAsync(startNow: true),
            PlanStep.Wish.Renew => customer.PostAsync("/plan/renew", new { }),
            PlanStep.Wish.AutoRenewOn => customer.PostAsync("/plan/auto-renew", new { on = true }),
            PlanStep.Wish.AutoRenewOff => customer.PostAsync("/plan/auto-renew", new { on = false }),
            PlanStep.Wish.Upgrade => customer.PostAsync(
                "/plan/upgrade",
                new { plan_id = "vms-10", accept_terms = true }
            ),
            PlanStep.Wish.Cancel => customer.PostAsync("/plan/cancel", new { }),
            PlanStep.Wish.Take => customer.AllocateAsync(),
            PlanStep.Wish.GiveBack => customer.ReleaseAsync(lease!.Sid),
            _ => customer.PostAsync("/vm/replace", new { allocation_sid = lease!.Sid }),
        };

    /// <summary>Whether it must be possible; null where machines decide and the book cannot be sure.</summary>
    private bool? Expected(PlanBook.Person p, PlanStep.Wish wish, PlanBook.Lease? lease) =>
        wish switch
        {
            PlanStep.Wish.Buy => book.MayBuy(p),
            PlanStep.Wish.BuyAndStart => !book.MayBuy(p) ? false
            : book.AnyFree ? true
            : null,
            PlanStep.Wish.Renew => book.MayRenew(p),
            PlanStep.Wish.AutoRenewOn or PlanStep.Wish.AutoRenewOff => null,
            PlanStep.Wish.Upgrade => book.MayUpgrade(p),
            PlanStep.Wish.Cancel => book.MayCancel(p),
            PlanStep.Wish.Take => !book.Runs(p) || p.Live.Count(l => l.Plan == p.Plan) >= p.Plan!.Count ? false : null,
            PlanStep.Wish.GiveBack => true,
            _ => !book.Runs(p) || lease!.Plan != p.Plan ? false
            : book.AnyFree ? true
            : null,
        };

    private async Task HappenedAsync(PlanStep.Wish wish, PlanBook.Person p, Customer customer, PlanBook.Lease? lease)
    {
        switch (wish)
        {
            case PlanStep.Wish.Buy:
                book.Buy(p);
                break;
            case PlanStep.Wish.BuyAndStart:
                book.Buy(p);
                await HandedOutAsync(p, customer, p.Plan!);
                break;
            case PlanStep.Wish.Renew:
                book.Renew(p);
                break;
            case PlanStep.Wish.AutoRenewOn:
                p.Plan!.Renews = true;
                break;
            case PlanStep.Wish.AutoRenewOff:
                p.Plan!.Renews = false;
                break;
            case PlanStep.Wish.Upgrade:
                book.Upgrade(p);
                break;
            case PlanStep.Wish.Cancel:
                book.Cancel(p);
                break;
            case PlanStep.Wish.Take:
                await HandedOutAsync(p, customer, p.Plan!);
                break;
            case PlanStep.Wish.GiveBack:
                book.End(lease!);
                break;
            default:
                book.End(lease!);
                book.Machines[lease!.Machine].Quarantined = true;
                await HandedOutAsync(p, customer, lease.Plan);
                break;
        }
    }

    private async Task HandedOutAsync(PlanBook.Person p, Customer customer, PlanBook.Plan plan)
    {
        var row = await Portal.ReadAsync(d =>
            d.VmAllocations.Where(a => a.UserSid == customer.Sid).OrderByDescending(a => a.Sid).FirstAsync()
        );
        book.HandOut(
            p,
            new()
            {
                Sid = row.Sid,
                Machine = int.Parse(row.PoolVmId![3..]),
                Number = row.LeaseNumber,
                Plan = plan,
                Expires = plan.Expires,
            }
        );
    }

    private bool SetMood(PlanStep.Mood mood)
    {
        at.Deployer.Assign.Always = at.Deployer.Release.Always = mood switch
        {
            PlanStep.Mood.Ready => DeployerAnswer.Ok,
            PlanStep.Mood.Later => DeployerAnswer.Accepted,
            PlanStep.Mood.Down => new DeployerAnswer(503),
            _ => DeployerAnswer.Lost(),
        };
        return true;
    }

    private async Task DeliverAsync()
    {
        await Portal.DeliverAsync();
        Listen();
    }

    /// <summary>What the deployer answered with 200 to a release is its word about that lease.</summary>
    private void Listen()
    {
        var calls = at.Deployer.Calls;
        foreach (var call in calls.Skip(heard).Where(c => c.Path.EndsWith("release-vm", StringComparison.Ordinal)))
        {
            var vm = book.Machines[int.Parse(call.Body.GetProperty("pool_vm_id").GetString()![3..])];
            Assert.False(
                vm.Holder is not null && vm.Number == call.Body.GetProperty("lease_number").GetInt64(),
                "A machine was to be wiped under its holder."
            );
            if (call.Status == 200 && vm.Number == call.Body.GetProperty("lease_number").GetInt64())
                vm.Erased = true;
        }
        heard = calls.Count;
    }

    private async Task EraseAsync(int machine, bool late)
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

    private async Task QuarantineAsync(int machine)
    {
        (
            await Portal.AdminPostAsync(
                "/admin/pool-vm-quarantine",
                new { pool_vm_id = Name(machine), reason = "a noise" }
            )
        ).Expect(200);
        book.Machines[machine].Quarantined = true;
    }

    private async Task LiftAsync(int machine)
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

    private async Task ProbeAsync(int mask)
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
            // A machine that the book calls erased may still wait for the portal to hear it, and is not asked then.
            vm.Quarantined = await Portal.ReadAsync(d =>
                d.PoolVms.Where(m => m.Id == Name(number))
                    .Select(m => m.Condition == PoolCondition.Quarantined)
                    .SingleAsync()
            );
        }
    }

    private async Task RefreshAsync() =>
        (await Portal.RefreshPoolAsync(Portal.Machines(PlanStep.Machines))).Expect(200);

    private Task PassAsync(TimeSpan time)
    {
        Portal.Clock.Advance(time);
        book.Now = Portal.Now;
        return Task.CompletedTask;
    }

    private async Task ToTheEndAsync(int who, bool after)
    {
        if (book.People[who].Plan is not { } plan || plan.Expires < book.Now)
            return;
        await PassAsync(plan.Expires - book.Now + (after ? PlanLife.Moment : TimeSpan.Zero));
        await ReleaseByItselfAsync();
    }

    private async Task RenewByItselfAsync()
    {
        Assert.True((await Portal.RunJobAsync("plans.auto_renew"))!.Ok);
        foreach (
            var p in book.People.Where(p =>
                p.Plan is { Renews: true } plan && plan.End <= book.Now + TimeSpan.FromHours(24) && book.MayRenew(p)
            )
        )
            book.Renew(p);
    }

    private async Task ReleaseByItselfAsync()
    {
        var over = book.People.SelectMany(p => p.Live).Where(l => l.Expires < book.Now).ToList();
        var reply = (
            await Portal.AdminPostAsync("/admin/auto-release-now", new { force = true, without_notice = true })
        ).Expect(200);
        Assert.Equal(
            (over.Count, over.Count, 0L, 0L),
            (
                reply.Number("rows_expired"),
                reply.Number("rows_released"),
                reply.Number("rows_already_released"),
                reply.Number("errors")
            )
        );
        over.ForEach(book.End);
        Assert.Equal(
            0,
            (await Portal.AdminPostAsync("/admin/auto-release-now", new { force = true, without_notice = true }))
                .Expect(200)
                .Number("rows_expired")
        );
    }

    private async Task RestartAsync()
    {
        await Portal.RestartAsync();
        for (var who = 0; who < customers.Length; who++)
            customers[who] = customers[who]?.Again();
    }

    /// <summary>Signed in, again where the session has ended.</summary>
    private async Task<Customer> CustomerAsync(int who)
    {
        if (customers[who] is null || book.Now - seen[who] > TimeSpan.FromHours(6))
            (customers[who], seen[who]) = (await Portal.SignUpAsync($"person{who}", $"{who + 1}"), book.Now);
        return customers[who]!;
    }

    private static string Name(int machine) => $"vm-{machine:0000}";
}
