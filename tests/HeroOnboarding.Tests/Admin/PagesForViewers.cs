using HeroOnboarding.Tests.Support;

namespace HeroOnboarding.Tests.Admin;

/// <summary>The role viewer reads pages without personal data, and without forms that change something.</summary>
public sealed class PagesForViewers
{
    [Fact]
    public async Task A_viewer_sees_pages_without_forms_and_without_links_to_confidential_pages()
    {
        await using var portal = await Portal.StartAsync(Db.Sqlite, Portal.Machines(3), NamedOperators.Settings());
        var asha = await portal.SignUpWithPlanAsync("asha");
        var lease = (await asha.AllocateAsync()).Expect(201).Text("sid");
        (await asha.ReleaseAsync((await asha.AllocateAsync()).Expect(201).Text("sid"))).Expect(200);
        await portal.RunJobAsync("alarms.watch");
        using var viewer = await NamedOperators.SessionOfAsync(portal, "4204", "viewer");
        foreach (
            var page in new[]
            {
                "/admin",
                "/admin/setup",
                "/admin/users",
                "/admin/users/" + asha.Sid,
                "/admin/allocations",
                "/admin/allocations/" + lease,
                "/admin/pool",
                "/admin/pool/refreshes",
                "/admin/jobs",
                "/admin/outbox",
                "/admin/audit",
            }
        )
        {
            var body = (await viewer.OpenAsync(page)).Expect(200).Body;
            var forms = Markup.Forms(body).Where(f => f.Contains("method=\"post\"", StringComparison.Ordinal)).ToList();
            Assert.True(
                forms.All(f => f.Contains("action=\"/admin/logout\"", StringComparison.Ordinal)) && forms.Count == 1,
                $"{page}: {string.Join('\n', forms)}"
            );
            foreach (
                var hidden in new[]
                {
                    "href=\"/admin/payments",
                    "href=\"/admin/kyc",
                    "href=\"/admin/receipts",
                    "href=\"/admin/pool-preview",
                    "href=\"/admin/tokens",
                    "href=\"/admin/operators",
                    "popovertarget",
                }
            )
                Assert.False(
                    body.Contains(hidden, StringComparison.Ordinal),
                    $"{page}: {hidden} in {body[Math.Max(0, body.IndexOf(hidden, StringComparison.Ordinal) - 100)..]}"
                );
        }
    }

    [Fact]
    public async Task A_viewer_sees_a_customer_without_payments_and_identity_checks()
    {
        await using var portal = await Portal.StartAsync(Db.Sqlite, Portal.Machines(3), NamedOperators.Settings());
        var asha = await portal.SignUpWithPlanAsync("asha");
        using var viewer = await NamedOperators.SessionOfAsync(portal, "4204", "viewer");
        using var acting = await NamedOperators.SessionOfAsync(portal, "4202", "operator");
        var user = Markup.Text((await viewer.OpenAsync("/admin/users/" + asha.Sid)).Body);
        var full = Markup.Text((await acting.OpenAsync("/admin/users/" + asha.Sid)).Body);
        foreach (
            var word in new[]
            {
                "Identity checks",
                "Statement",
                "No payment was started yet",
                "Credit or debit",
                "\"cents\"",
                "as agreed",
            }
        )
            Assert.DoesNotContain(word, user, StringComparison.Ordinal);
        foreach (var word in new[] { "Identity checks", "Statement", "No payment was started yet", "Credit or debit" })
            Assert.Contains(word, full, StringComparison.Ordinal);
        Assert.Contains("operator:viewer (4204) " + asha.Sid, await portal.AuditOfAsync("user.view"));
    }

    [Fact]
    public async Task A_viewer_sees_audit_rows_without_their_details()
    {
        await using var portal = await Portal.StartAsync(Db.Sqlite, Portal.Machines(3), NamedOperators.Settings());
        await portal.SignUpWithPlanAsync("asha");
        using var viewer = await NamedOperators.SessionOfAsync(portal, "4204", "viewer");
        using var acting = await NamedOperators.SessionOfAsync(portal, "4202", "operator");
        var audit = (await viewer.SendAsync(HttpMethod.Get, "/admin/list-audit?act=credit.adjust"))
            .Expect(200)
            .Json.GetProperty("rows")[0];
        Assert.False(audit.TryGetProperty("detail", out _));
        Assert.True(
            (await acting.SendAsync(HttpMethod.Get, "/admin/list-audit?act=credit.adjust"))
                .Json.GetProperty("rows")[0]
                .TryGetProperty("detail", out _)
        );
    }

    [Fact]
    public async Task A_page_for_operators_tells_a_viewer_which_role_it_needs()
    {
        await using var portal = await Portal.StartAsync(Db.Sqlite, environment: NamedOperators.Settings());
        using var viewer = await NamedOperators.SessionOfAsync(portal, "4204", "viewer");
        var refused = (await viewer.OpenAsync("/admin/payments")).Expect(403);
        foreach (
            var word in new[]
            {
                "viewer (4204), role viewer",
                "needs the role operator",
                "role.required",
                "Operators&#x27; start page",
            }
        )
            Assert.Contains(
                word,
                refused.Body.Replace("Operators' start page", "Operators&#x27; start page", StringComparison.Ordinal),
                StringComparison.Ordinal
            );
    }
}
