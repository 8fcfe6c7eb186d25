using HeroOnboarding.Accounts;
using HeroOnboarding.Plans;
using HeroOnboarding.Tests.Support;
using HeroOnboarding.Vms;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Tests.Web;

public sealed class RepeatedRequests
{
    [Theory, BothDatabases]
    public async Task The_same_key_gets_the_same_answer_and_nothing_is_done_twice(Db db)
    {
        await using var portal = await Portal.StartAsync(db, Portal.Machines(3));
        var asha = await portal.SignUpAsync("asha");
        await asha.PassKycAsync();
        await asha.TopUpAsync(3000);
        foreach (
            var act in new Func<Task<Reply>>[]
            {
                () => asha.BuyPlanAsync(startNow: true, key: "buy-1"),
                () => asha.AllocateAsync("take-1"),
            }
        )
        {
            var first = (await act()).Expect(201);
            Assert.False(first.Response.Headers.Contains("Idempotent-Replayed"));
            var before = await portal.ReadAsync(d => d.VmAllocations.CountAsync());
            portal.Clock.Advance(TimeSpan.FromHours(1));
            var again = (await act()).Expect(201);
            Assert.Equal(first.Body, again.Body);
            Assert.Equal("true", again.Response.Headers.GetValues("Idempotent-Replayed").Single());
            Assert.Equal(before, await portal.ReadAsync(d => d.VmAllocations.CountAsync()));
        }
        Assert.Equal(1, await portal.ReadAsync(d => d.Purchases.CountAsync()));
        Assert.Equal(2, await portal.ReadAsync(d => d.Purchases.Select(p => p.Used).SingleAsync()));
    }

    [Theory, BothDatabases]
    public async Task A_key_that_served_another_request_is_refused(Db db)
    {
        await using var portal = await Portal.StartAsync(db, Portal.Machines(3));
        var asha = await portal.SignUpWithPlanAsync("asha");
        (await asha.AllocateAsync("key")).Expect(201);
        var before = await portal.FactsAsync();
        (await asha.PostAsync("/vm/allocate", new { ssh_public_key = "another" }, "key")).ExpectRefusal(
            Refusals.IdempotencyKeyReused
        );
        (await asha.PostAsync("/plan/buy", new { plan_id = "vms-5" }, "key")).ExpectRefusal(
            Refusals.IdempotencyKeyReused
        );
        Assert.Equal(before, await portal.FactsAsync());
    }

    [Fact]
    public async Task Callers_do_not_see_each_others_keys()
    {
        await using var portal = await Portal.StartAsync(Db.Sqlite, Portal.Machines(3));
        var (asha, juma) = (await portal.SignUpWithPlanAsync("asha"), await portal.SignUpWithPlanAsync("juma"));
        var hers = (await asha.AllocateAsync("same")).Expect(201);
        var his = (await juma.AllocateAsync("same")).Expect(201);
        Assert.NotEqual(hers.Text("sid"), his.Text("sid"));
        Assert.False(his.Response.Headers.Contains("Idempotent-Replayed"));
    }

    [Fact]
    public async Task A_key_may_stand_in_quotes_or_bare()
    {
        await using var portal = await Portal.StartAsync(Db.Sqlite, Portal.Machines(3));
        var asha = await portal.SignUpWithPlanAsync("asha");
        var first = (await asha.AllocateAsync("\"8e03978e-40d5-43dd-bc93-6894a57f9324\"")).Expect(201);
        var again = (await asha.AllocateAsync("8e03978e-40d5-43dd-bc93-6894a57f9324")).Expect(201);
        Assert.Equal(first.Body, again.Body);
        Assert.Equal(1, await portal.ReadAsync(d => d.VmAllocations.CountAsync()));
    }

    [Fact]
    public async Task A_bad_key_is_refused_and_nothing_is_done()
    {
        await using var portal = await Portal.StartAsync(Db.Sqlite, Portal.Machines(3));
        var asha = await portal.SignUpWithPlanAsync("asha");
        var before = await portal.FactsAsync();
        foreach (var key in new[] { "\"\"", "two words", "ключ", "tab\tinside", new string('k', 256), "\u007f" })
            (await asha.AllocateAsync(key)).ExpectRefusal(Refusals.IdempotencyKeyInvalid);
        using var twice = new HttpRequestMessage(HttpMethod.Post, new Uri(Portal.Base, "/vm/allocate"))
        {
            Content = System.Net.Http.Json.JsonContent.Create(new { }),
        };
        twice.Headers.TryAddWithoutValidation("Origin", "https://localhost");
        twice.Headers.TryAddWithoutValidation("Idempotency-Key", ["one", "two"]);
        (await asha.Browser.SendAsync(twice)).ExpectRefusal(Refusals.IdempotencyKeyInvalid);
        Assert.Equal(before, await portal.FactsAsync());
        (await asha.AllocateAsync(new string('k', 255))).Expect(201);
    }

    [Theory, BothDatabases]
    public async Task A_key_lives_for_24_hours_to_the_microsecond(Db db)
    {
        await using var portal = await Portal.StartAsync(db, Portal.Machines(3));
        var asha = await portal.SignUpWithPlanAsync("asha");
        var first = (await asha.AllocateAsync("key")).Expect(201);
        portal.Clock.Advance(TimeSpan.FromHours(12));
        await asha.AllocateAsync("key");
        portal.Clock.Advance(TimeSpan.FromHours(12));
        Assert.Equal(first.Body, (await asha.AllocateAsync("key")).Expect(201).Body);
        portal.Clock.Advance(TimeSpan.FromMicroseconds(1));
        Assert.NotEqual(first.Text("sid"), (await asha.AllocateAsync("key")).Expect(201).Text("sid"));
        Assert.Equal(2, await portal.ReadAsync(d => d.VmAllocations.CountAsync()));
    }

    [Fact]
    public async Task A_key_that_still_lives_is_not_pruned()
    {
        await using var portal = await Portal.StartAsync(Db.Sqlite, Portal.Machines(3));
        var asha = await portal.SignUpWithPlanAsync("asha");
        await asha.AllocateAsync("key");
        portal.Clock.Advance(TimeSpan.FromHours(24));
        await portal.RunJobAsync("store.prune");
        Assert.Equal(1, await portal.ReadAsync(d => d.Idempotency.CountAsync()));
        portal.Clock.Advance(TimeSpan.FromMicroseconds(1));
        await portal.RunJobAsync("store.prune");
        Assert.Equal(0, await portal.ReadAsync(d => d.Idempotency.CountAsync()));
    }

    [Theory, BothDatabases]
    public async Task A_refusal_is_not_kept_under_its_key(Db db)
    {
        await using var portal = await Portal.StartAsync(db, "[]");
        var asha = await portal.SignUpWithPlanAsync("asha");
        (await asha.AllocateAsync("key")).ExpectRefusal(VmRefusals.PoolEmpty);
        (await portal.RefreshPoolAsync(Portal.Machines(1))).Expect(200);
        var lease = (await asha.AllocateAsync("key")).Expect(201);
        Assert.False(lease.Response.Headers.Contains("Idempotent-Replayed"));
    }

    [Theory, BothDatabases]
    public async Task Twenty_requests_at_once_under_one_key_make_one_lease(Db db)
    {
        await using var portal = await Portal.StartAsync(db, Portal.Machines(30));
        var asha = await portal.SignUpWithPlanAsync("asha");
        var replies = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => asha.AllocateAsync("one")));
        Assert.Single(replies.Select(r => r.Expect(201).Body).Distinct());
        Assert.Equal(19, replies.Count(r => r.Response.Headers.Contains("Idempotent-Replayed")));
        Assert.Equal(1, await portal.ReadAsync(d => d.VmAllocations.CountAsync()));
        Assert.Equal(1, await portal.ReadAsync(d => d.Purchases.Select(p => p.Used).SingleAsync()));
    }

    [Theory, BothDatabases]
    public async Task A_key_outlives_a_restart(Db db)
    {
        await using var portal = await Portal.StartAsync(db, Portal.Machines(3));
        var asha = await portal.SignUpWithPlanAsync("asha");
        var first = (await asha.AllocateAsync("key")).Expect(201);
        await portal.RestartAsync();
        using var browser = portal.Browser();
        foreach (System.Net.Cookie cookie in asha.Browser.Cookies.GetAllCookies())
            browser.SetCookie(Portal.Base, cookie.Name, cookie.Value);
        var again = await new Customer(portal, browser, asha.Sid).AllocateAsync("key");
        Assert.Equal(first.Body, again.Expect(201).Body);
        Assert.Equal("true", again.Response.Headers.GetValues("Idempotent-Replayed").Single());
    }

    [Theory, BothDatabases]
    public async Task An_operators_credit_under_one_key_is_booked_once(Db db)
    {
        await using var portal = await Portal.StartAsync(db);
        var asha = await portal.SignUpAsync("asha");
        var key = new Dictionary<string, string> { ["Idempotency-Key"] = "gift" };
        var body = new
        {
            user_sid = asha.Sid,
            amount_cents = 500,
            reason = "a gift",
        };
        var replies = await Task.WhenAll(
            Enumerable
                .Range(0, 10)
                .Select(_ =>
                    portal.Browser().SendAsync(HttpMethod.Post, "/admin/credit-adjust", body, Portal.AdminSecret, key)
                )
        );
        Assert.Single(replies.Select(r => r.Expect(200).Body).Distinct());
        Assert.Equal(5_000_000, await portal.ReadAsync(d => d.Accounts.Select(a => a.Balance).SingleAsync()));
    }
}
