using HeroOnboarding.Accounts;
using HeroOnboarding.Credit;
using HeroOnboarding.Kyc;
using HeroOnboarding.Plans;
using HeroOnboarding.Pool;
using HeroOnboarding.Simulators.Deployer;
using HeroOnboarding.Simulators.Stripe;
using HeroOnboarding.Store;
using HeroOnboarding.Tests.Kyc;
using HeroOnboarding.Tests.Stores;
using HeroOnboarding.Tests.Support;
using HeroOnboarding.Vms;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Tests.Crashes;

/// <summary>
/// One customer from sign-up to an erased machine, while the process dies once. The customer repeats requests without
/// an answer, vendors repeat callbacks, and background work goes on.
/// </summary>
internal sealed class Journey
{
    private readonly Town town;
    private readonly Power power;
    private readonly string login;
    private readonly int scans,
        sessions,
        events,
        callbacks,
        calls;
    private Customer asha = null!;
    private string lease = "";

    private Journey(Town town, Power power, string login)
    {
        (this.town, this.power, this.login) = (town, power, login);
        (scans, callbacks) = (town.Idenfy.Scans.Count, town.Idenfy.Callbacks.Count);
        (sessions, events, calls) = (town.Stripe.Sessions.Count, town.Stripe.Events.Count, town.Deployer.Calls.Count);
    }

    private IReadOnlyList<StripeSession> Checkouts => [.. town.Stripe.Sessions.Skip(sessions)];

    private IReadOnlyList<DeployerCall> Told => [.. town.Deployer.Calls.Skip(calls)];

    /// <summary>
    /// Runs the journey and returns its end state, without what differs between any two: ids, times, numbers of tries.
    /// </summary>
    public static async Task<string> LiveAsync(Town town, Power power, int number)
    {
        var journey = new Journey(town, power, $"asha{number}");
        town.Forge.AddUser(7000 + number, journey.login, "Asha");
        power.Watch(town.Portal);
        await journey.LiveAsync();
        town.Portal.Crash.Hook = null;
        return string.Join('\n', [.. await town.Portal.ReadAsync(journey.StateAsync), .. journey.Outside()]);
    }

    private async Task LiveAsync()
    {
        await StepAsync(SignUpAsync);
        await StepAsync(async () =>
            (int)(await asha.PostAsync("/plan/choose", new { plan_id = "vms-5" }, "choose")).Status == 201
        );
        await StepAsync(async () => (int)(await asha.StartKycAsync()).Status == 303);
        await StepAsync(DecideAsync);
        await StepAsync(async () =>
            (int)(await asha.PostAsync("/payment/intent", new { amount_cents = 1500 }, "pay")).Status == 201
        );
        await StepAsync(PayAsync);
        await StepAsync(BackgroundAsync);
        await StepAsync(TakeAsync);
        await StepAsync(BackgroundAsync);
        await StepAsync(async () => (int)(await asha.ReleaseAsync(lease)).Status == 200);
        await StepAsync(BackgroundAsync);
    }

    /// <summary>A request that the customer repeats after the crash until it succeeds.</summary>
    private async Task StepAsync(Func<Task<bool>> act)
    {
        for (var tries = 0; tries < 2; tries++)
        {
            var done = false;
            try
            {
                done = await act();
            }
            catch (Exception) when (power.IsOut)
            { /* nobody answers any more */
            }
            if (!power.IsOut)
            {
                Assert.True(
                    done,
                    $"The journey of {login} is stuck. The power went out {power.WentOutAt ?? "nowhere"}; "
                        + $"it came as far as {string.Join(", ", power.Seen)}."
                );
                return;
            }
            await town.PowerBackAsync(power);
            asha = asha?.Again()!;
        }
    }

    private async Task<bool> BackgroundAsync()
    {
        await town.Portal.DeliverAsync();
        return true;
    }

    private async Task<bool> SignUpAsync()
    {
        var browser = town.Portal.Browser();
        town.Forge.Knobs.AutoSignInAs = login;
        await browser.OpenAsync("/login/forge/start?return_url=/account");
        if (browser.Cookies.GetCookies(Portal.Base)[Sessions.CookieName(SessionKind.Customer)] is null)
            return false;
        asha = new Customer(
            town.Portal,
            browser,
            await town.Portal.ReadAsync(d =>
                d.Accounts.Where(a => a.ForgeLogin == login).Select(a => a.Sid).SingleAsync()
            )
        );
        return true;
    }

    /// <summary>The provider decides once, on the newest link, and repeats the callback until it is accepted.</summary>
    private async Task<bool> DecideAsync()
    {
        var told =
            town.Idenfy.Callbacks.Count > callbacks
                ? town.Idenfy.Callbacks[^1]
                : await town.Idenfy.ApproveAsync(town.Idenfy.Scans[^1].ScanRef);
        return await town.Idenfy.DeliverAsync(told) == 200;
    }

    /// <summary>The customer pays once; the provider repeats the event until it is accepted.</summary>
    private async Task<bool> PayAsync()
    {
        var told = town.Stripe.Events.Count > events ? town.Stripe.Events[^1] : town.Stripe.Pay(Checkouts.Single().Id);
        return (await town.Stripe.DeliverAsync(told)).Taken;
    }

    private async Task<bool> TakeAsync()
    {
        var reply = await asha.AllocateAsync("take");
        if ((int)reply.Status != 201)
            return false;
        lease = reply.Text("sid");
        return true;
    }

    private async Task<IEnumerable<string>> StateAsync(OnboardingDb d)
    {
        var (mine, wallet) = (asha.Sid, "customer:" + asha.Sid);
        var account = await d.Accounts.SingleAsync(a => a.Sid == mine);
        var checks = (await d.KycSessions.Where(s => s.AccountSid == mine).ToListAsync()).Select(s =>
            $"check {s.State}"
        );
        var payments = (await d.PaymentIntents.Where(p => p.AccountSid == mine).ToListAsync()).Select(p =>
            $"payment {p.State} {p.Amount}"
        );
        var transfers = (await d.Transfers.Where(t => t.Debit == wallet || t.Credit == wallet).ToListAsync()).Select(
            t => $"transfer {t.Kind} {t.Amount}"
        );
        var receipts = await d.Receipts.CountAsync(r => r.AccountSid == mine);
        var purchases = (await d.Purchases.Where(p => p.AccountSid == mine).ToListAsync()).Select(p =>
            $"purchase {p.PlanId} {p.State} {p.Used}"
        );
        var chosen = (await d.PurchaseIntents.Where(p => p.AccountSid == mine).ToListAsync()).Select(p =>
            $"chosen {p.State}"
        );
        var leases = await d.VmAllocations.Where(a => a.UserSid == mine).OrderBy(a => a.Sid).ToListAsync();
        var machines = await d
            .PoolVms.Where(vm => leases.Select(a => a.PoolVmId).Contains(vm.Id))
            .ToDictionaryAsync(vm => vm.Id);
        var keys = leases.Select(a => $"{a.PoolVmId}:{a.LeaseNumber}").ToList();
        var notices = (await d.Outbox.Where(o => keys.Contains(o.Key)).ToListAsync()).Select(o =>
            $"{o.Kind} of lease {keys.IndexOf(o.Key) + 1} {(o.DoneAt is null ? "waits" : "done")}"
        );
        var held = leases.Select(a =>
            $"lease {a.Status} assigned={a.AssignedAt is not null} erased={a.ErasedAt is not null}, its machine "
            + $"{machines[a.PoolVmId!].Condition} held={machines[a.PoolVmId!].AllocationSid == a.Sid}"
        );
        var handOuts = await d.Audit.CountAsync(a =>
            a.Act == "vm.allocate" && a.ActorId == mine && !a.Detail!.Contains("repeated")
        );
        return
        [
            $"account {account.KycStatus} {account.Balance}",
            .. new[] { checks, payments, transfers, purchases, chosen, notices }.SelectMany(l =>
                l.Order(StringComparer.Ordinal)
            ),
            .. held,
            $"receipts {receipts}",
            $"in the outbox {await d.Outbox.CountAsync(o => o.DoneAt == null)}",
            $"in suspense {await d.Transfers.CountAsync(t => t.Credit == "suspense")}",
            $"hand-outs in the audit {handOuts}",
        ];
    }

    /// <summary>What the deployer received: each message at least once, under one id.</summary>
    private IEnumerable<string> Outside() =>
        [
            .. Told.Select(c =>
                    $"told {c.Path} signed={c.SignatureValid} id "
                    + $"{Told.Select(t => t.WebhookId).Distinct().ToList().IndexOf(c.WebhookId)}"
                )
                .Distinct(),
            $"checkouts {Checkouts.Count} paid {Checkouts.Count(s => s.PaymentStatus == "paid")}",
            "checks wasted "
                + (
                    town.Idenfy.Scans.Count
                    - scans
                    - 1
                    - town.Idenfy.Scans.Skip(scans).Count(s => s.Overall == "ACTIVE")
                ),
        ];
}
