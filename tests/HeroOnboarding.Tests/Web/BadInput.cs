using System.Text;
using HeroOnboarding.Accounts.Forge;
using HeroOnboarding.Kyc;
using HeroOnboarding.Tests.Support;
using HeroOnboarding.Web;

namespace HeroOnboarding.Tests.Web;

/// <summary>Whatever is sent, the answer is a 4xx with a code, and nothing was changed.</summary>
public sealed class BadInput
{
    internal const string Json = "application/json";

    [Theory, BothDatabases]
    public async Task Bodies_that_are_no_json_object_are_refused_by_every_route(Db db)
    {
        await using var at = await BadInputTarget.StartAsync(db);
        foreach (var route in Route.Of(at.Portal, "POST").Where(r => !r.SignsOut))
        foreach (var body in BadBodies.NotJsonObjects(route))
            await at.ExpectRefusedAsync(route, body, Json);
        await at.ExpectUnchangedAsync();
    }

    [Theory, BothDatabases]
    public async Task Members_of_the_wrong_kind_are_refused_by_every_route(Db db)
    {
        await using var at = await BadInputTarget.StartAsync(db);
        string[] values =
        [
            "[]",
            "{}",
            "[\"x\"]",
            "true",
            "5",
            "-1",
            "1.5",
            "1e400",
            "99999999999999999999",
            "\"\\u0000\"",
            "\"a\\u0000b\"",
            "\"\\u001b[31m\"",
            "\"\\ud800\"",
            "\"\\udfff x\"",
            $"\"{new string('x', 9000)}\"",
            "\"' OR 1=1 --\"",
            "\"../../etc/passwd\"",
            "\"\\u202e\"",
            "\"😀\"",
            "\"\\n\"",
            "null",
        ];
        foreach (var route in Route.Of(at.Portal, "POST"))
        foreach (var member in route.Members)
        foreach (var value in values)
            await at.ExpectRefusedAsync(route, Encoding.UTF8.GetBytes(BadBodies.Valid(route, member, value)), Json);
        await at.ExpectUnchangedAsync();
    }

    [Theory, BothDatabases]
    public async Task Content_types_that_nobody_speaks_are_refused_by_every_route(Db db)
    {
        await using var at = await BadInputTarget.StartAsync(db);
        foreach (var route in Route.Of(at.Portal, "POST").Where(r => !r.SignsOut))
        foreach (
            var type in new[]
            {
                "",
                "text/plain",
                "text/json",
                "application/xml",
                "application/octet-stream",
                "image/png",
                "garbage",
                "multipart/mixed; boundary=x",
            }
        )
            Assert.Equal(
                Refusals.MediaType.Code,
                (await at.ExpectRefusedAsync(route, Encoding.UTF8.GetBytes(BadBodies.Valid(route)), type)).Code
            );
        await at.ExpectUnchangedAsync();
    }

    [Theory, BothDatabases]
    public async Task Broken_forms_are_refused_by_every_route(Db db)
    {
        await using var at = await BadInputTarget.StartAsync(db);
        const string form = "application/x-www-form-urlencoded";
        (string Type, string Body)[] broken =
        [
            ("multipart/form-data", "x"),
            ("multipart/form-data; boundary=", "x"),
            ("multipart/form-data; boundary=b", "--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nno end"),
            ("multipart/form-data; boundary=" + new string('b', 200), "x"),
            (form, string.Concat(Enumerable.Repeat("a=&", 3000))),
            (form, new string('k', 3000) + "=1"),
            (form, "user_sid=%00&reason=%00&plan_id=%00&allocation_sid=%00&pool_vm_id=%00&amount=%00"),
            (form, "%ff%fe=%c0%80&plan_id=%ff"),
            (form, "=&=&&&==%zz%"),
            (form, ""),
        ];
        foreach (var route in Route.Of(at.Portal, "POST").Where(r => !r.SignsOut))
        foreach (var (type, body) in broken)
            await at.ExpectRefusedAsync(route, Encoding.UTF8.GetBytes(body), type);
        await at.ExpectUnchangedAsync();
    }

    [Theory, BothDatabases]
    public async Task Hundreds_of_randomly_spoiled_requests_change_nothing(Db db)
    {
        await using var at = await BadInputTarget.StartAsync(db);
        var random = new Random(20261123);
        // A route that takes no member has nothing to spoil: any object is right for it.
        foreach (var route in Route.Of(at.Portal, "POST").Where(r => r.Members.Count > 0 || r.TakesPools))
            for (var i = 0; i < 40; i++)
                await at.ExpectRefusedAsync(
                    route,
                    BadBodies.Spoil(random, BadBodies.Valid(route)),
                    random.Next(10) == 0 ? "application/x-www-form-urlencoded" : Json
                );
        await at.ExpectUnchangedAsync();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Bodies_past_the_limit_are_413_declared_or_not(bool declared)
    {
        await using var at = await BadInputTarget.StartAsync(Db.Sqlite);
        foreach (var route in Route.Of(at.Portal, "POST").Where(r => !r.SignsOut && !r.TakesPoolForms))
        {
            var size = (int)(
                route.TakesPools ? BodyLimit.Pool
                : route.TakesMany ? BodyLimit.Many
                : BodyLimit.Form
            );
            foreach (var type in route.TakesPools ? [Json] : new[] { Json, "application/x-www-form-urlencoded" })
            {
                var body = Encoding.UTF8.GetBytes("{\"x\":\"" + new string('x', size) + "\"}");
                Assert.Equal(
                    Refusals.BodyTooLarge.Code,
                    (await at.ExpectRefusedAsync(route, body, type, declared)).Code
                );
            }
        }
        await at.ExpectUnchangedAsync();
    }

    private static readonly string[] QueryNames =
    [
        "after",
        "before",
        "q",
        "search",
        "sort",
        "dir",
        "status",
        "return_url",
        "refused",
        "refused_price",
        "refused_balance",
        "refused_at",
        "started",
        "bought",
        "chosen",
        "withdrawn",
        "already",
        "released",
        "done",
        "user",
        "kind",
        "page",
        "code",
        "state",
    ];

    private static readonly string[] OddValues =
    [
        "%00",
        "%ff%fe",
        "%ed%a0%80",
        "'%20OR%201=1--",
        "%25_%5c",
        "-1",
        "99999999999999999999",
        "//evil.example",
        new string('x', 1500),
        "%0d%0aX:%20y",
        "%f0%9f%98%80",
        "01ARZ3NDEKTSV4RRFFQ69G5FAV",
        "1e400:x",
        "",
    ];

    /// <summary>Features without settings answer 503.</summary>
    private static readonly Refusal[] Off = [ForgeRefusals.ForgeOff, KycRefusals.KycOff];

    [Theory, BothDatabases]
    public async Task Odd_queries_and_paths_never_break_a_page(Db db)
    {
        await using var at = await BadInputTarget.StartAsync(db);
        string[] accepts = [Json, "text/html", "garbage;;q=x"];
        var turn = (int)db;
        foreach (var route in Route.Of(at.Portal, "GET"))
        foreach (var value in OddValues)
        {
            var all = string.Join('&', QueryNames.Select(n => $"{n}={value}"));
            foreach (
                var path in new[]
                {
                    route.Path,
                    route.Path.Replace(
                        "nothing",
                        value.Length is 0 or > 1000 || value.Contains('%', StringComparison.Ordinal)
                            ? "%C3%A4%27"
                            : Uri.EscapeDataString(value),
                        StringComparison.Ordinal
                    ),
                }.Distinct()
            )
            {
                // In turn: each route meets each of them with several values.
                var reply = await at.GetAsync(route, path + "?" + all, accepts[turn++ % accepts.Length]);
                Assert.True(
                    (int)reply.Status < 500
                        || Off.Any(off =>
                            reply.Code == off.Code || reply.Body.Contains(off.Code, StringComparison.Ordinal)
                        ),
                    $"{reply.Status} {path}?…={value}: {reply.Body}\n{at.LastError}"
                );
            }
        }
        await at.ExpectUnchangedAsync();
    }
}
