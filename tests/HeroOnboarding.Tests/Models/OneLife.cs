using System.Net;
using System.Net.Sockets;
using HeroOnboarding.Pool;
using HeroOnboarding.Tests.Plans;
using HeroOnboarding.Tests.Stores;
using HeroOnboarding.Tests.Support;
using HeroOnboarding.Vms;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace HeroOnboarding.Tests.Models;

/// <summary>Does each step on a real portal and in the book, and compares the two.</summary>
internal sealed class OneLife
{
    private readonly DeployedPortal at;
    private readonly PlanBook book;
    private readonly MachineSteps machines;
    private readonly Customer?[] customers = new Customer?[PlanStep.Customers];
    private readonly DateTimeOffset[] seen = new DateTimeOffset[PlanStep.Customers];

    private OneLife(DeployedPortal at, HashSet<string> up)
    {
        (this.at, book) = (at, new(at.Portal.Now));
        machines = new(at, book, up);
    }

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
        // With credit and machines that answer, so that a short life has something to do.
        for (var who = 0; who < PlanStep.Customers; who++)
            await life.TopUpAsync(who, 40_000_000);
        await life.machines.ProbeAsync((1 << PlanStep.Machines) - 1);
        foreach (var step in steps)
            await life.DoAsync(step);
        var end = new OneLifeAtTheEnd(at, life.book, life.machines);
        await end.CompareAsync(life.customers);
        await end.HealAsync();
    }

    private Task DoAsync(PlanStep step) =>
        step switch
        {
            PlanStep.TopUp s => TopUpAsync(s.Who, s.Micros),
            PlanStep.Ask s => AskAsync(s),
            PlanStep.Deployer s => SetMoodAsync(s.Is),
            PlanStep.Deliver => machines.DeliverAsync(),
            PlanStep.Erased s => machines.EraseAsync(s.Machine, s.Late),
            PlanStep.Quarantine s => machines.QuarantineAsync(s.Machine),
            PlanStep.Lift s => machines.LiftAsync(s.Machine),
            PlanStep.Probe s => machines.ProbeAsync(s.Up),
            PlanStep.Refresh => machines.RefreshAsync(),
            PlanStep.Pass s => machines.PassAsync(TimeSpan.FromHours(s.Hours)),
            PlanStep.ToTheEnd s => ToTheEndAsync(s.Who, s.After),
            PlanStep.AutoRenew => AutoRenewAsync(),
            PlanStep.AutoRelease => AutoReleaseAsync(),
            PlanStep.Restart => RestartAsync(),
            _ => throw new InvalidOperationException(step.ToString()),
        };

    private Task SetMoodAsync(PlanStep.Mood mood)
    {
        machines.SetMood(mood);
        return Task.CompletedTask;
    }

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
        // A machine is handed out only after a recent probe. Without one, these requests would always be refused.
        if (ask.Which % 2 == 0 && ask.Want is PlanStep.Wish.Take or PlanStep.Wish.BuyAndStart or PlanStep.Wish.Replace)
            await machines.ProbeAsync((1 << PlanStep.Machines) - 1);
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

    /// <summary>Whether the request must succeed; null where the book cannot tell which machines are free.</summary>
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

    private async Task ToTheEndAsync(int who, bool after)
    {
        if (book.People[who].Plan is not { } plan || plan.Expires < book.Now)
            return;
        await machines.PassAsync(plan.Expires - book.Now + (after ? PlanLife.Moment : TimeSpan.Zero));
        await AutoReleaseAsync();
    }

    private async Task AutoRenewAsync()
    {
        Assert.True((await Portal.RunJobAsync("plans.auto_renew"))!.Ok);
        foreach (
            var p in book.People.Where(p =>
                p.Plan is { Renews: true } plan && plan.End <= book.Now + TimeSpan.FromHours(24) && book.MayRenew(p)
            )
        )
            book.Renew(p);
    }

    private async Task AutoReleaseAsync()
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
}
