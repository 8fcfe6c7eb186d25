using HeroOnboarding.Plans;
using HeroOnboarding.Simulators.Idenfy;
using HeroOnboarding.Simulators.Mycelium;
using HeroOnboarding.Store;
using HeroOnboarding.Tests.Kyc;
using HeroOnboarding.Tests.Stores;
using HeroOnboarding.Tests.Support;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace HeroOnboarding.Tests.Conventions;

/// <summary>
/// One life with every act in it, in an order that makes sense; each chapter says whom its row is about.
/// </summary>
internal sealed partial class AuditStory(Credit.Paying paying, KycPortal at, MyceliumSimulator net) : IAsyncDisposable
{
    private Browser operators = null!;
    private Task<Reply> asking = null!;
    private Customer asha = null!;
    private string lease = "";

    public Portal Portal => paying.Portal;

    public static async Task<AuditStory> StartAsync(Db db)
    {
        var clock = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        var idenfy = await IdenfySimulator.StartAsync(
            new IdenfyOptions { SigningKey = KycPortal.SigningKey, Time = clock }
        );
        var net = await MyceliumSimulator.StartAsync(new MyceliumOptions { Time = clock });
        var more = new Dictionary<string, string?>(KycPortal.More(idenfy))
        {
            ["MYCELIUM_API_URL"] = net.Portal.Address.ToString(),
        };
        var paying = await Credit.Paying.StartAsync(db, more, clock: clock, verified: false, pool: Portal.Machines(3));
        paying.Portal.Wire.Allow(net.Portal.Address);
        return new(paying, KycPortal.Beside(paying.Portal, idenfy), net);
    }

    public IEnumerable<(string Act, string Actor, Func<Task<string?>> Tell)> Chapters =>
        [.. Customers, .. Identities, .. Payers, .. Operators, .. People, .. Plans, .. Ends, .. Machines];

    private IReadOnlyList<(string Act, string Actor, Func<Task<string?>> Tell)> Customers =>
        [
            (
                "store.issuer",
                "system",
                async () =>
                {
                    await Portal.RestartAsync(
                        new Dictionary<string, string?>
                        {
                            ["FORGE_URL"] = "https://forge.test",
                            ["FORGE_CLIENT_ID"] = "portal",
                            ["FORGE_CLIENT_SECRET"] = "secret",
                        }
                    );
                    operators = Portal.Browser();
                    return null;
                }
            ),
            ("account.sign_in", "identity", async () => (asha = await Portal.SignUpAsync("asha")).Sid),
            .. Checks,
            .. Review("kyc.verify", "/admin/kyc-verify"),
            .. Review("kyc.unverify", "/admin/kyc-unverify"),
            .. Review("account.suspend", "/admin/user-suspend"),
            .. Review("account.unsuspend", "/admin/user-unsuspend"),
            (
                "plan.choose",
                "customer",
                async () =>
                {
                    (await asha.PostAsync("/plan/choose", new { plan_id = "vms-5" })).Expect(201);
                    return asha.Sid;
                }
            ),
            (
                "plan.withdraw",
                "customer",
                async () =>
                {
                    (await asha.PostAsync("/plan/withdraw", new { })).Expect(200);
                    return asha.Sid;
                }
            ),
            .. Review("kyc.verify", "/admin/kyc-verify"),
            (
                "credit.adjust",
                "machine",
                async () =>
                {
                    await asha.TopUpAsync(1000);
                    return asha.Sid;
                }
            ),
            (
                "plan.buy",
                "customer",
                async () =>
                {
                    (await asha.BuyPlanAsync(startNow: true)).Expect(201);
                    return asha.Sid;
                }
            ),
            ("plan.buy_chosen", "system", () => CompleteAsync("done")),
            ("plan.chosen_refused", "system", () => CompleteAsync("waiting")),
            (
                "vm.allocate",
                "customer",
                async () =>
                {
                    lease = (await asha.AllocateAsync()).Expect(201).Text("sid");
                    return asha.Sid;
                }
            ),
            .. Replaced,
            (
                "vm.release",
                "customer",
                async () =>
                {
                    (await asha.ReleaseAsync(lease)).Expect(200);
                    return asha.Sid;
                }
            ),
        ];

    /// <summary>
    /// A check that iDenfy first cannot begin, then denies, then suspects, and that an operator decides.
    /// </summary>
    private IReadOnlyList<(string Act, string Actor, Func<Task<string?>> Tell)> Checks =>
        [
            ("kyc.start", "customer", () => AskAsync(IdenfyAnswer.Broken)),
            ("kyc.start_failed", "customer", () => AnswersAsync(503)),
            ("kyc.start", "customer", () => AskAsync(IdenfyAnswer.Ok)),
            ("kyc.link", "customer", () => AnswersAsync(303)),
            ("kyc.verdict", "system", () => SaysAsync(at.Idenfy.DenyAsync(at.Scan))),
            (
                "kyc.reset",
                "customer",
                async () =>
                {
                    // A minute later, so that what is said next is newer.
                    Portal.Clock.Advance(TimeSpan.FromMinutes(1));
                    (await asha.ResetKycAsync()).Expect(200);
                    return asha.Sid;
                }
            ),
            (
                "kyc.verdict",
                "system",
                () => SaysAsync(at.Idenfy.ResubmitAsync(at.Scan, IdenfyVerdict.Suspected("DUPLICATE_FACE")))
            ),
            (
                "kyc.decide",
                "machine",
                async () =>
                {
                    (
                        await Portal.AdminPostAsync(
                            "/admin/kyc-decide",
                            new
                            {
                                session_sid = (await at.SessionAsync()).Sid,
                                approve = false,
                                reason = "another person",
                            }
                        )
                    ).Expect(200);
                    return asha.Sid;
                }
            ),
        ];

    private IReadOnlyList<(string Act, string Actor, Func<Task<string?>> Tell)> Operators =>
        [
            (
                "operator.sign_in",
                "operator",
                async () =>
                {
                    var fields = new Dictionary<string, string>
                    {
                        ["secret"] = Portal.AdminSecret,
                        ["name"] = "Tester",
                    };
                    (await operators.SubmitAsync("/admin/login", "/admin/login", fields)).Expect(303);
                    return "Tester";
                }
            ),
            (
                "user.view",
                "operator",
                async () =>
                {
                    (await operators.OpenAsync("/admin/users/" + asha.Sid)).Expect(200);
                    return asha.Sid;
                }
            ),
            (
                "list.view",
                "operator",
                async () =>
                {
                    (await operators.OpenAsync("/admin/users")).Expect(200);
                    return "/admin/users";
                }
            ),
            ("outbox.delivered", "system", DeliverOneAsync),
            (
                "outbox.retry",
                "machine",
                async () =>
                {
                    var waiting = await Portal.ReadAsync(d =>
                        d.Outbox.Where(r => r.DoneAt == null).OrderBy(r => r.Sid).Select(r => r.Sid).FirstAsync()
                    );
                    (await Portal.AdminPostAsync("/admin/outbox-retry", new { sid = waiting })).Expect(200);
                    return waiting;
                }
            ),
            (
                "job.run",
                "machine",
                async () =>
                {
                    (await Portal.AdminPostAsync("/admin/run-job", new { name = "credit.reconcile" })).Expect(200);
                    return "credit.reconcile";
                }
            ),
            (
                "pool.ready",
                "machine",
                async () =>
                {
                    (
                        await Portal.AdminPostAsync(
                            "/admin/pool-vm-ready",
                            new { pool_vm_id = "vm-0002", lease_number = 1 }
                        )
                    ).Expect(200);
                    return "vm-0002";
                }
            ),
            (
                "pool.status",
                "machine",
                async () =>
                {
                    (
                        await Portal.AdminPostAsync(
                            "/admin/pool-vm-status",
                            new { pool_vm_id = "vm-0002", status = "maintenance" }
                        )
                    ).Expect(200);
                    return "vm-0002";
                }
            ),
            (
                "pool.refresh",
                "machine",
                async () =>
                {
                    (await Portal.RefreshPoolAsync(Portal.Machines(3))).Expect(200);
                    return "pool";
                }
            ),
        ];

    private IReadOnlyList<(string Act, string Actor, Func<Task<string?>> Tell)> Ends =>
        [
            (
                "session.end_all",
                "customer",
                async () =>
                {
                    await SignOutAsync("/logout/everywhere");
                    return asha.Sid;
                }
            ),
            ("account.sign_in", "identity", async () => (asha = await Portal.SignUpAsync("asha")).Sid),
            (
                "session.end",
                "customer",
                async () =>
                {
                    await SignOutAsync("/logout");
                    return asha.Sid;
                }
            ),
        ];

    public async ValueTask DisposeAsync()
    {
        operators.Dispose();
        await paying.DisposeAsync();
        await at.Idenfy.DisposeAsync();
        await net.DisposeAsync();
    }

    private IEnumerable<(string Act, string Actor, Func<Task<string?>> Tell)> Review(string act, string path)
    {
        yield return (
            act,
            "machine",
            async () =>
            {
                (await Portal.AdminPostAsync(path, new { user_sid = asha.Sid, reason = "as agreed" })).Expect(200);
                return asha.Sid;
            }
        );
    }

    /// <summary>
    /// A wish that was fulfilled before is left alone; one of somebody with a plan is refused. Both leave their row.
    /// </summary>
    private async Task<string?> CompleteAsync(string state)
    {
        var now = Instants.ToMicros(Portal.Now);
        await Portal.AcceptsAsync(
            "INSERT INTO purchase_intents (sid, account_sid, plan_id, price, state, created_at, expires_at) VALUES "
                + "({0}, {1}, 'vms-5', 10000000, {0}, {2}, {3})",
            state,
            asha.Sid,
            now,
            now + 1_000_000
        );
        var row = new OutboxRow
        {
            Sid = "o",
            Kind = CompletePurchase.Kind,
            Key = "k",
            Body = $$"""{"intent_sid":"{{state}}"}""",
        };
        await Portal.Services.GetRequiredService<CompletePurchase>().DeliverAsync(row, CancellationToken.None);
        return asha.Sid;
    }

    /// <summary>Starts a check; iDenfy takes five seconds to answer.</summary>
    private async Task<string?> AskAsync(IdenfyAnswer answer)
    {
        at.Idenfy.Token.Next(answer with { Delay = TimeSpan.FromSeconds(5) });
        var before = at.Idenfy.Calls.Count;
        asking = asha.StartKycAsync();
        while (at.Idenfy.Calls.Count == before)
            await Task.Yield();
        return asha.Sid;
    }

    private async Task<string?> AnswersAsync(int status)
    {
        Portal.Clock.Advance(TimeSpan.FromSeconds(5));
        (await asking).Expect(status);
        return asha.Sid;
    }

    private async Task<string?> SaysAsync(Task<IdenfyCallback> callback)
    {
        await at.SaysAsync(callback);
        return asha.Sid;
    }

    /// <summary>The oldest message alone; the others wait for tomorrow.</summary>
    private async Task<string?> DeliverOneAsync()
    {
        var first = await Portal.ReadAsync(d =>
            d.Outbox.Where(r => r.DoneAt == null).OrderBy(r => r.Sid).Select(r => r.Sid).FirstAsync()
        );
        await using (var db = Portal.Database.OpenWrite())
            await db.Database.ExecuteSqlRawAsync(
                "UPDATE outbox SET due_at = due_at + 86400000000 WHERE sid <> {0}",
                first
            );
        Assert.Equal(1, await Portal.DeliverAsync());
        return first;
    }

    private async Task SignOutAsync(string path)
    {
        var reply = await asha.PostAsync(path, new { });
        Assert.Equal(303, (int)reply.Status);
    }
}
