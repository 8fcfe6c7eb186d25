using HeroOnboarding.Tests.Support;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Tests.Conventions;

/// <summary>What operators do and read, and who may operate: people by role, programs by token.</summary>
internal sealed class AuditStoryOfOperators(AuditStory story)
{
    private string token = "";

    private Portal Portal => story.Portal;

    public IReadOnlyList<AuditChapter> Chapters =>
        [
            new("operator.sign_in", "operator", SignInAsync),
            new("user.view", "operator", () => OpenAsync("/admin/users/" + story.Asha.Sid, story.Asha.Sid)),
            new("list.view", "operator", () => OpenAsync("/admin/users", "/admin/users")),
            new("outbox.delivered", "system", DeliverOldestAsync),
            new("outbox.retry", "machine", RetryOldestAsync),
            new("job.run", "machine", RunJobAsync),
            new("pool.ready", "machine", ReportErasedAsync),
            new("pool.status", "machine", SetMaintenanceAsync),
            new("pool.refresh", "machine", RefreshAsync),
            new(
                "operator.set",
                "machine",
                () => AdminAsync("operator-set", new { forge_id = "77", role = "viewer" }, "77")
            ),
            new("operator.remove", "machine", () => AdminAsync("operator-remove", new { forge_id = "77" }, "77")),
            new("token.create", "machine", CreateTokenAsync),
            new("token.revoke", "machine", () => AdminAsync("token-revoke", new { token_sid = token }, "clock")),
        ];

    private Task<string?> AdminAsync(string action, object body, string subject) =>
        story.AdminAsync("/admin/" + action, body, subject);

    private async Task<string?> SignInAsync()
    {
        var fields = new Dictionary<string, string> { ["secret"] = Portal.AdminSecret, ["name"] = "Tester" };
        (await story.Operators.SubmitAsync("/admin/login", "/admin/login", fields)).Expect(303);
        return "Tester";
    }

    private async Task<string?> OpenAsync(string page, string subject)
    {
        (await story.Operators.OpenAsync(page)).Expect(200);
        return subject;
    }

    /// <summary>Delivers the oldest message alone; the others become due tomorrow.</summary>
    private async Task<string?> DeliverOldestAsync()
    {
        var first = await OldestMessageAsync();
        await using (var db = Portal.Database.OpenWrite())
            await db.Database.ExecuteSqlRawAsync(
                "UPDATE outbox SET due_at = due_at + 86400000000 WHERE sid <> {0}",
                first
            );
        Assert.Equal(1, await Portal.DeliverAsync());
        return first;
    }

    private async Task<string?> RetryOldestAsync()
    {
        var waiting = await OldestMessageAsync();
        return await AdminAsync("outbox-retry", new { sid = waiting }, waiting);
    }

    private Task<string> OldestMessageAsync() =>
        Portal.ReadAsync(d =>
            d.Outbox.Where(r => r.DoneAt == null).OrderBy(r => r.Sid).Select(r => r.Sid).FirstAsync()
        );

    private Task<string?> RunJobAsync() => AdminAsync("run-job", new { name = "credit.reconcile" }, "credit.reconcile");

    private Task<string?> ReportErasedAsync() =>
        AdminAsync("pool-vm-ready", new { pool_vm_id = "vm-0002", lease_number = 1 }, "vm-0002");

    private Task<string?> SetMaintenanceAsync() =>
        AdminAsync("pool-vm-status", new { pool_vm_id = "vm-0002", status = "maintenance" }, "vm-0002");

    private async Task<string?> RefreshAsync()
    {
        (await Portal.RefreshPoolAsync(Portal.Machines(3))).Expect(200);
        return "pool";
    }

    private async Task<string?> CreateTokenAsync()
    {
        var body = new
        {
            name = "clock",
            scopes = "tick",
            days = 30,
        };
        token = (await Portal.AdminPostAsync("/admin/token-create", body)).Expect(201).Text("sid");
        return "clock";
    }
}
