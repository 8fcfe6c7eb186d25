using HeroOnboarding.Plans;
using HeroOnboarding.Store;
using HeroOnboarding.Tests.Stores;
using HeroOnboarding.Tests.Support;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace HeroOnboarding.Tests.Laws;

/// <summary>One life with every act in it, in an order that makes sense; each chapter says whom its row is about.</summary>
internal sealed partial class AuditStory(Payments.Paying paying) : IAsyncDisposable
{
    private Browser operators = null!;
    private Customer asha = null!;
    private string lease = "";

    public Portal Portal => paying.Portal;

    public static async Task<AuditStory> StartAsync(Db db) => new(await Payments.Paying.StartAsync(db, verified: false, pool: Portal.Machines(2)));

    public IEnumerable<(string Act, string Actor, Func<Task<string?>> Tell)> Chapters => [.. Customers, .. Payers, .. Operators, .. Ends];

    private IReadOnlyList<(string Act, string Actor, Func<Task<string?>> Tell)> Customers =>
    [
        ("store.issuer", "system", async () =>
        {
            await Portal.RestartAsync(new Dictionary<string, string?> { ["FORGE_URL"] = "https://forge.test", ["FORGE_CLIENT_ID"] = "portal", ["FORGE_CLIENT_SECRET"] = "secret" });
            operators = Portal.Browser();
            return null;
        }),
        ("account.sign_in", "identity", async () => (asha = await Portal.SignUpAsync("asha")).Sid),
        .. Review("kyc.verify", "/admin/kyc-verify"),
        .. Review("kyc.unverify", "/admin/kyc-unverify"),
        .. Review("account.suspend", "/admin/user-suspend"),
        .. Review("account.unsuspend", "/admin/user-unsuspend"),
        ("plan.choose", "customer", async () =>
        {
            (await asha.PostAsync("/plan/choose", new { plan_id = "vms-5" })).Expect(201);
            return asha.Sid;
        }),
        ("plan.withdraw", "customer", async () =>
        {
            (await asha.PostAsync("/plan/withdraw", new { })).Expect(200);
            return asha.Sid;
        }),
        .. Review("kyc.verify", "/admin/kyc-verify"),
        ("credit.adjust", "machine", async () =>
        {
            await asha.TopUpAsync(1000);
            return asha.Sid;
        }),
        ("plan.buy", "customer", async () =>
        {
            (await asha.BuyPlanAsync(startNow: true)).Expect(201);
            return asha.Sid;
        }),
        ("plan.buy_chosen", "system", () => CompleteAsync("done")),
        ("plan.chosen_refused", "system", () => CompleteAsync("waiting")),
        ("vm.allocate", "customer", async () =>
        {
            lease = (await asha.AllocateAsync()).Expect(201).Text("sid");
            return asha.Sid;
        }),
        ("vm.release", "customer", async () =>
        {
            (await asha.ReleaseAsync(lease)).Expect(200);
            return asha.Sid;
        }),
    ];

    private IReadOnlyList<(string Act, string Actor, Func<Task<string?>> Tell)> Operators =>
    [
        ("operator.sign_in", "operator", async () =>
        {
            var fields = new Dictionary<string, string> { ["secret"] = Portal.AdminSecret, ["name"] = "Tester" };
            (await operators.SubmitAsync("/admin/login", "/admin/login", fields)).Expect(303);
            return "Tester";
        }),
        ("user.view", "operator", async () =>
        {
            (await operators.OpenAsync("/admin/users/" + asha.Sid)).Expect(200);
            return asha.Sid;
        }),
        ("outbox.delivered", "system", DeliverOneAsync),
        ("outbox.retry", "machine", async () =>
        {
            var waiting = await Portal.ReadAsync(d => d.Outbox.Where(r => r.DoneAt == null).OrderBy(r => r.Sid).Select(r => r.Sid).FirstAsync());
            (await Portal.AdminPostAsync("/admin/outbox-retry", new { sid = waiting })).Expect(200);
            return waiting;
        }),
        ("job.run", "machine", async () =>
        {
            (await Portal.AdminPostAsync("/admin/run-job", new { name = "credit.reconcile" })).Expect(200);
            return "credit.reconcile";
        }),
        ("pool.ready", "machine", async () =>
        {
            (await Portal.AdminPostAsync("/admin/pool-vm-ready", new { pool_vm_id = "vm-0002", lease_number = 1 })).Expect(200);
            return "vm-0002";
        }),
        ("pool.status", "machine", async () =>
        {
            (await Portal.AdminPostAsync("/admin/pool-vm-status", new { pool_vm_id = "vm-0002", status = "maintenance" })).Expect(200);
            return "vm-0002";
        }),
        ("pool.refresh", "machine", async () =>
        {
            (await Portal.RefreshPoolAsync(Portal.Machines(3))).Expect(200);
            return "pool";
        }),
    ];

    private IReadOnlyList<(string Act, string Actor, Func<Task<string?>> Tell)> Ends =>
    [
        ("session.end_all", "customer", async () =>
        {
            await SignOutAsync("/logout/everywhere");
            return asha.Sid;
        }),
        ("account.sign_in", "identity", async () => (asha = await Portal.SignUpAsync("asha")).Sid),
        ("session.end", "customer", async () =>
        {
            await SignOutAsync("/logout");
            return asha.Sid;
        }),
    ];

    public ValueTask DisposeAsync()
    {
        operators.Dispose();
        return paying.DisposeAsync();
    }

    private IEnumerable<(string Act, string Actor, Func<Task<string?>> Tell)> Review(string act, string path)
    {
        yield return (act, "machine", async () =>
        {
            (await Portal.AdminPostAsync(path, new { user_sid = asha.Sid, reason = "as agreed" })).Expect(200);
            return asha.Sid;
        }
        );
    }

    /// <summary>A wish that was fulfilled before is left alone; one of somebody with a plan is refused. Both leave their row.</summary>
    private async Task<string?> CompleteAsync(string state)
    {
        var now = Instants.ToMicros(Portal.Now);
        await Portal.AcceptsAsync("INSERT INTO purchase_intents (sid, account_sid, plan_id, price, state, created_at, expires_at) VALUES ({0}, {1}, 'vms-5', 10000000, {0}, {2}, {3})",
            state, asha.Sid, now, now + 1_000_000);
        var row = new OutboxRow { Sid = "o", Kind = CompletePurchase.Kind, Key = "k", Body = $$"""{"intent_sid":"{{state}}"}""" };
        await Portal.Services.GetRequiredService<CompletePurchase>().DeliverAsync(row, CancellationToken.None);
        return asha.Sid;
    }

    /// <summary>The oldest message alone; the others wait for tomorrow.</summary>
    private async Task<string?> DeliverOneAsync()
    {
        var first = await Portal.ReadAsync(d => d.Outbox.Where(r => r.DoneAt == null).OrderBy(r => r.Sid).Select(r => r.Sid).FirstAsync());
        await using (var db = Portal.Database.OpenWrite())
            await db.Database.ExecuteSqlRawAsync("UPDATE outbox SET due_at = due_at + 86400000000 WHERE sid <> {0}", first);
        Assert.Equal(1, await Portal.DeliverAsync());
        return first;
    }

    private async Task SignOutAsync(string path)
    {
        var reply = await asha.PostAsync(path, new { });
        Assert.Equal(303, (int)reply.Status);
    }
}
