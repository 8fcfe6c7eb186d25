using System.Net;
using System.Reflection;
using System.Text.Json;
using HeroOnboarding.Accounts;
using HeroOnboarding.Admin;
using HeroOnboarding.Admin.Monitoring;
using HeroOnboarding.Credit;
using HeroOnboarding.Simulators.Stripe;
using HeroOnboarding.Store;
using HeroOnboarding.Tests.Conventions;
using HeroOnboarding.Tests.Credit;
using HeroOnboarding.Tests.Support;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Tests.Admin;

/// <summary>
/// Viewers and <c>read</c> tokens see neither credit nor verification. Every read of customers' data leaves an access
/// row.
/// </summary>
public sealed class ReadingCustomersData
{
    private static readonly string[] Confidential = ["credit_balance_cents", "kyc_status"];

    [Theory, BothDatabases]
    public async Task The_list_of_customers_has_credit_and_verification_for_operators_only(Db db)
    {
        await using var portal = await Portal.StartAsync(db, environment: NamedOperators.Settings());
        await (await portal.SignUpAsync("asha")).PassKycAsync();
        var token = (await portal.AdminPostAsync("/admin/token-create", new { name = "reader", scopes = "read" }))
            .Expect(201)
            .Text("token");
        using var viewer = await NamedOperators.SessionOfAsync(portal, "4204", "viewer");
        using var acting = await NamedOperators.SessionOfAsync(portal, "4202", "operator");
        foreach (
            var (reads, sees) in new (Func<string, Task<Reply>>, bool)[]
            {
                (query => viewer.SendAsync(HttpMethod.Get, "/admin/list-users" + query), false),
                (query => portal.AdminAsync(HttpMethod.Get, "/admin/list-users" + query, secret: token), false),
                (query => acting.SendAsync(HttpMethod.Get, "/admin/list-users" + query), true),
                (query => portal.AdminAsync(HttpMethod.Get, "/admin/list-users" + query), true),
            }
        )
        {
            var row = (await reads("")).Expect(200).Json.GetProperty("rows")[0];
            Assert.Equal("asha", row.GetProperty("login").GetString());
            Assert.All(Confidential, member => Assert.Equal(sees, row.TryGetProperty(member, out _)));
            foreach (var sort in new[] { "credit", "-credit" })
                if (sees)
                    (await reads("?sort=" + sort)).Expect(200);
                else
                    Assert.DoesNotContain(
                        "credit",
                        (await reads("?sort=" + sort)).ExpectRefusal(Refusals.QueryInvalid).Text("detail"),
                        StringComparison.Ordinal
                    );
            (await reads("?sort=-login")).Expect(200);
        }
    }

    [Theory, BothDatabases]
    public async Task Pages_show_credit_and_verification_to_operators_only(Db db)
    {
        await using var portal = await Portal.StartAsync(db, environment: NamedOperators.Settings());
        var asha = await portal.SignUpAsync("asha");
        await asha.PassKycAsync();
        await asha.TopUpAsync(1234);
        using var viewer = await NamedOperators.SessionOfAsync(portal, "4204", "viewer");
        using var acting = await NamedOperators.SessionOfAsync(portal, "4202", "operator");
        foreach (var page in new[] { "/admin/users", "/admin/users/" + asha.Sid })
        {
            var (little, all) = (
                Markup.Text((await viewer.OpenAsync(page)).Expect(200).Body),
                Markup.Text((await acting.OpenAsync(page)).Expect(200).Body)
            );
            foreach (var word in new[] { "$12.34", "Verified" })
            {
                Assert.DoesNotContain(word, little, StringComparison.Ordinal);
                Assert.Contains(word, all, StringComparison.Ordinal);
            }
            Assert.Contains("asha", little, StringComparison.Ordinal);
        }
        foreach (var (reader, sees) in new[] { (viewer, false), (acting, true) })
        {
            var list = (await reader.OpenAsync("/admin/users")).Expect(200).Body;
            Assert.All(
                ["sort=-credit", ">identity</th>"],
                column => Assert.Equal(sees, list.Contains(column, StringComparison.Ordinal))
            );
        }
        (await viewer.OpenAsync("/admin/users?sort=credit")).Expect(422);
        (await acting.OpenAsync("/admin/users?sort=credit")).Expect(200);
    }

    [Theory, BothDatabases]
    public async Task The_audit_hides_from_viewers_why_a_plan_was_refused(Db db)
    {
        await using var portal = await Portal.StartAsync(db, environment: NamedOperators.Settings());
        foreach (var act in new[] { "plan.renew_refused", "plan.chosen_refused" })
        {
            await portal.Units.RunAsync(
                act,
                new("system", "test"),
                unit =>
                {
                    unit.Note("somebody", new { refused = AccountRefusals.KycRequired.Code });
                    return Task.CompletedTask;
                }
            );
            using var viewer = await NamedOperators.SessionOfAsync(portal, "4204", "viewer");
            using var acting = await NamedOperators.SessionOfAsync(portal, "4202", "operator");
            Assert.DoesNotContain(
                AccountRefusals.KycRequired.Code,
                (await viewer.SendAsync(HttpMethod.Get, "/admin/list-audit?act=" + act)).Expect(200).Body,
                StringComparison.Ordinal
            );
            Assert.Contains(
                AccountRefusals.KycRequired.Code,
                (await acting.SendAsync(HttpMethod.Get, "/admin/list-audit?act=" + act)).Expect(200).Body,
                StringComparison.Ordinal
            );
        }
    }

    [Theory, BothDatabases]
    public async Task Every_list_of_customers_data_leaves_one_access_row_as_JSON_and_as_page(Db db)
    {
        await using var portal = await Portal.StartAsync(db, environment: NamedOperators.Settings());
        await portal.SignUpAsync("asha");
        using var acting = await NamedOperators.SessionOfAsync(portal, "4202", "operator");
        foreach (
            var (json, page) in new[]
            {
                ("/admin/list-users", "/admin/users"),
                ("/admin/list-allocations", "/admin/allocations"),
                ("/admin/list-kyc-sessions", "/admin/kyc"),
                ("/admin/list-payments", "/admin/payments"),
                ("/admin/list-suspense", "/admin/suspense"),
                ("/admin/list-receipts", "/admin/receipts"),
            }
        )
        {
            (await acting.SendAsync(HttpMethod.Get, json + "?q=asha")).Expect(200);
            (await acting.OpenAsync(page + "?q=asha")).Expect(200);
            (await acting.SendAsync(HttpMethod.Get, json + "?sort=nothing")).ExpectRefusal(Refusals.QueryInvalid);
            var rows = await portal.ReadAsync(d =>
                d.Audit.Where(r => r.Act == "list.view" && r.Subject == page).ToListAsync()
            );
            Assert.Equal(["operator (4202)", "operator (4202)"], rows.Select(r => r.ActorId));
            Assert.All(
                rows,
                r => Assert.Equal("asha", JsonDocument.Parse(r.Detail!).RootElement.GetProperty("q").GetString())
            );
        }
        var before = await portal.ReadAsync(d => d.Audit.CountAsync());
        foreach (
            var other in new[]
            {
                "/admin/list-pool",
                "/admin/list-jobs",
                "/admin/list-alarms",
                "/admin/list-outbox",
                "/admin/list-audit",
            }
        )
            (await acting.SendAsync(HttpMethod.Get, other)).Expect(200);
        Assert.Equal(before, await portal.ReadAsync(d => d.Audit.CountAsync()));
    }

    [Theory, BothDatabases]
    public async Task Every_page_about_one_customer_leaves_an_access_row_that_says_whose_it_is(Db db)
    {
        await using var portal = await Portal.StartAsync(db, Portal.Machines(1), NamedOperators.Settings());
        var asha = await portal.SignUpWithPlanAsync("asha");
        var lease = (await asha.AllocateAsync()).Expect(201).Text("sid");
        using var acting = await NamedOperators.SessionOfAsync(portal, "4202", "operator");
        foreach (
            var page in new[]
            {
                "/admin/users/" + asha.Sid,
                "/admin/allocations/" + lease,
                "/admin/receipts/" + Receipts.NumberOf(portal.Now.UtcDateTime.Year, 1),
            }
        )
            (await acting.OpenAsync(page)).Expect(200);
        Assert.Equal(
            Enumerable.Repeat("operator:operator (4202) " + asha.Sid, 3),
            await portal.AuditOfAsync("user.view")
        );
        (await acting.OpenAsync("/admin/allocations/" + Names.NewSid(portal.Now))).Expect(404);
        Assert.Equal(3, (await portal.AuditOfAsync("user.view")).Count);
    }

    [Theory, BothDatabases]
    public async Task A_payment_in_suspense_leaves_an_access_row_where_a_customer_claims_it(Db db)
    {
        await using var paying = await Paying.StartAsync(db);
        var (_, checkout) = await paying.OpenAsync();
        paying.Stripe.Twist(checkout, StripeTwist.Amount(900));
        Assert.Equal("suspense", await paying.TellAsync(paying.Stripe.Pay(checkout)));
        var item = await paying.Portal.ReadAsync(d => d.Suspense.Select(s => s.Sid).SingleAsync());
        using var operators = await Route.OperatorAsync(paying.Portal);
        (await operators.OpenAsync("/admin/suspense/" + item)).Expect(200);
        Assert.Equal([$"operator:tester {paying.Asha.Sid}"], await paying.Portal.AuditOfAsync("user.view"));
    }

    [Theory, BothDatabases]
    public async Task What_operators_searched_for_is_not_for_viewers_and_cursors_are_not_kept(Db db)
    {
        await using var portal = await Portal.StartAsync(db, environment: NamedOperators.Settings());
        await portal.SignUpAsync("asha-1");
        await portal.SignUpAsync("asha-2");
        using var viewer = await NamedOperators.SessionOfAsync(portal, "4204", "viewer");
        using var acting = await NamedOperators.SessionOfAsync(portal, "4202", "operator");
        const string list = "/admin/list-users?q=asha&sort=credit&size=1";
        var next = (await acting.SendAsync(HttpMethod.Get, list)).Expect(200).Text("next");
        (await acting.SendAsync(HttpMethod.Get, list + "&after=" + Uri.EscapeDataString(next))).Expect(200);
        var details = await portal.ReadAsync(d =>
            d.Audit.Where(r => r.Act == "list.view").OrderBy(r => r.Sid).Select(r => r.Detail!).ToListAsync()
        );
        Assert.Equal(
            [false, true],
            details.Select(detail => JsonDocument.Parse(detail).RootElement.GetProperty("later_page").GetBoolean())
        );
        Assert.All(details, detail => Assert.DoesNotContain(next, detail, StringComparison.Ordinal));
        foreach (var (reader, sees) in new[] { (viewer, false), (acting, true) })
            Assert.Equal(
                sees,
                (await reader.SendAsync(HttpMethod.Get, "/admin/list-audit?act=list.view"))
                    .Expect(200)
                    .Body.Contains("asha", StringComparison.Ordinal)
            );
    }

    [Theory, BothDatabases]
    public async Task Without_its_access_row_no_list_is_answered(Db db)
    {
        await using var portal = await Portal.StartAsync(db);
        await portal.SignUpAsync("asha");
        portal.Crash.Hook = (point, act) =>
            _ = act == "list.view" ? throw new StoreBusyException("The disk is full.") : 0;
        var reply = (await portal.AdminAsync(HttpMethod.Get, "/admin/list-users")).ExpectRefusal(Refusals.StoreBusy);
        portal.Crash.Hook = null;
        Assert.DoesNotContain("asha", reply.Body, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, (await portal.AdminAsync(HttpMethod.Get, "/admin/list-users")).Status);
    }

    /// <summary>A new list whose rows name an account must leave access rows.</summary>
    [Fact]
    public void Lists_whose_rows_name_a_customer_are_marked_as_customers_data()
    {
        var lists = typeof(AuditEntry)
            .Assembly.GetTypes()
            .SelectMany(t => t.GetFields(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic))
            .Where(f => f.FieldType.IsGenericType && f.FieldType.GetGenericTypeDefinition() == typeof(ListOf<>))
            .ToList();
        var marked = lists
            .Where(f =>
                (bool)f.FieldType.GetProperty(nameof(ListOf<object>.IsOfCustomers))!.GetValue(f.GetValue(null))!
            )
            .ToList();
        Assert.Empty(
            lists
                .Except(marked)
                .Where(f => f.FieldType.GetGenericArguments()[0].GetProperty("UserSid") is not null)
                .Select(f => f.DeclaringType!.Name)
        );
        Assert.Equal(6, marked.Count);
    }
}
