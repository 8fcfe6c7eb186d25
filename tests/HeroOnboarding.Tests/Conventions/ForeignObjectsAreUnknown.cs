using System.Text.RegularExpressions;
using HeroOnboarding.Tests.Stores;
using HeroOnboarding.Tests.Support;
using HeroOnboarding.Web;
using HeroOnboarding.Web.Requests;

namespace HeroOnboarding.Tests.Conventions;

/// <summary>
/// An object of another customer is answered exactly as one that does not exist, so that its existence cannot be found
/// out.
/// </summary>
public sealed partial class ForeignObjectsAreUnknown
{
    /// <summary>
    /// Body members that name an object of a customer. Plans and fields of the customer's own account do not.
    /// </summary>
    private static readonly Dictionary<string, Func<Held, string>> Objects = new()
    {
        ["payment_sid"] = _ => Payment,
        ["allocation_sid"] = held => held.Lease,
        ["purchase_sid"] = held => held.Purchase,
        ["user_sid"] = held => held.Asha.Sid,
        ["session"] = _ => Session,
        ["number"] = held => HeroOnboarding.Credit.Receipts.NumberOf(held.Portal.Now.UtcDateTime.Year, 1),
    };

    private static readonly string[] NoObjects =
    [
        "plan_id",
        "start_now",
        "ssh_public_key",
        "accept_terms",
        "amount_cents",
        "provider",
        "on",
        "period_end",
        "as_of",
        "charge_micros",
        "problem",
        "offer",
        "address",
        "return_url",
    ];

    private const string Session = "3A5C5F6F9E0D4E5B8C7A69788796A5B4C3D2E1F00F1E2D3C4B5A697887960FED";
    private const string Payment = "01BX5ZZKBKACTAV9WEVGEMMVRZ";

    [Theory, BothDatabases]
    public async Task A_foreign_sid_is_answered_like_an_unknown_one_at_every_route_that_takes_one(Db db)
    {
        await using var held = await Held.StartAsync(db);
        var juma = await held.Portal.SignUpWithPlanAsync("juma");
        await held.Portal.AcceptsAsync(
            "INSERT INTO payment_intents (sid, account_sid, provider, amount, currency, live, state, created_at) "
                + "VALUES ({0}, {1}, 'stripe', 10000, 'usd', false, 'open', 1)",
            Payment,
            held.Asha.Sid
        );
        await held.Portal.AcceptsAsync(
            "INSERT INTO sessions (id_hash, kind, account_sid, created_at, last_seen_at, expires_at) VALUES ({0}, "
                + "'customer', {1}, 1, 1, 9000000000000000)",
            Session,
            held.Asha.Sid
        );
        var tried = new List<string>();
        foreach (var route in (await Route.AllAsync(held.Portal)).Where(r => r.IsFor(Policies.Customer)))
        {
            foreach (var member in Members(route))
            {
                var foreign = await SendAsync(juma, route, member, Objects[member](held));
                var unknown = await SendAsync(juma, route, member, Route.UnknownSid);
                Assert.True(
                    foreign.Code == "not_found" && (int)foreign.Status == 404,
                    $"{route}: {foreign.Status} {foreign.Body}"
                );
                Assert.Equal(Same(unknown), Same(foreign));
                tried.Add($"{route.Name} {member}");
            }
            if (!route.HasParameter)
                continue;
            foreach (var page in new[] { true, false })
            {
                var unknown = await route.CallAsync(juma.Browser, page);
                Assert.Equal(404, (int)unknown.Status);
                foreach (var sid in Objects.Values.Select(o => o(held)))
                    Assert.Equal(
                        Same(unknown).Replace(Route.UnknownSid, sid, StringComparison.Ordinal),
                        Same(await route.CallAsync(juma.Browser, page, path: route.Path(sid)))
                    );
            }
            tried.Add(route.Name);
        }
        Assert.Contains("POST /vm/release allocation_sid", tried);
        Assert.Contains("POST /vm/replace allocation_sid", tried);
        Assert.Contains("POST /payment/cancel payment_sid", tried);
        Assert.Contains("POST /account/end-session session", tried);
    }

    [Fact]
    public async Task Every_member_that_a_customers_route_takes_is_known_to_this_law()
    {
        await using var portal = await Portal.StartAsync(Db.Sqlite);
        var members = (await Route.AllAsync(portal))
            .Where(r => r.IsFor(Policies.Customer))
            .SelectMany(r => r.Metadata.OfType<RequestBody>())
            .SelectMany(m => m.Names)
            .Distinct();
        Assert.Empty(members.Except(Objects.Keys).Except(NoObjects));
    }

    [Theory, BothDatabases]
    public async Task What_is_no_sid_at_all_is_answered_like_an_unknown_one(Db db)
    {
        await using var held = await Held.StartAsync(db);
        var unknown = Same(await held.Asha.ReleaseAsync(Route.UnknownSid));
        foreach (
            var odd in new[]
            {
                "1",
                held.Lease.ToLowerInvariant() + "x",
                held.Lease[..^1],
                "' OR 1=1 --",
                "%",
                "../" + held.Lease,
                new string('é', 26),
            }
        )
            Assert.Equal(unknown, Same((await held.Asha.ReleaseAsync(odd)).ExpectRefusal(Refusals.NotFound)));
        (await held.Asha.ReleaseAsync(held.Lease)).Expect(200);
    }

    private static IEnumerable<string> Members(Route route) =>
        route.Metadata.OfType<RequestBody>().SelectMany(m => m.Names).Where(Objects.ContainsKey);

    private static Task<Reply> SendAsync(Customer customer, Route route, string member, string sid) =>
        customer.Browser.SendAsync(
            new HttpMethod(route.Method),
            route.Path(),
            new Dictionary<string, string> { [member] = sid }
        );

    /// <summary>Status, body and headers without what differs at every request.</summary>
    private static string Same(Reply reply) =>
        $"{(int)reply.Status} "
        + $"{string.Join(';', reply.Response.Headers.Select(h => h.Key).Order(StringComparer.Ordinal))} "
        + $"{Trace().Replace(reply.Body, "…")}";

    [GeneratedRegex("\"trace_id\":\"[^\"]*\"|trace <span class=\"mono\">[^<]*|value=\"[A-Za-z0-9_-]{20,}\"")]
    private static partial Regex Trace();
}
