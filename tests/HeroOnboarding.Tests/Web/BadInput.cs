using System.Text;
using HeroOnboarding.Accounts.Forge;
using HeroOnboarding.Kyc;
using HeroOnboarding.Tests.Support;
using HeroOnboarding.Web;

namespace HeroOnboarding.Tests.Web;

/// <summary>Whatever is sent, the answer is a 4xx with a code, and nothing was changed.</summary>
public sealed class BadInput
{
    private const string Json = "application/json";

    [Theory, BothDatabases]
    public async Task Bodies_that_are_no_json_object_are_refused_by_every_route(Db db)
    {
        await using var at = await StartAsync(db);
        foreach (var route in Route.Of(at.Portal, "POST").Where(r => !r.SignsOut))
        foreach (var body in NastyBodies(route))
            await at.ExpectRefusedAsync(route, body, Json);
        await at.ExpectUnchangedAsync();
    }

    [Theory, BothDatabases]
    public async Task Members_of_the_wrong_kind_are_refused_by_every_route(Db db)
    {
        await using var at = await StartAsync(db);
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
            await at.ExpectRefusedAsync(route, Encoding.UTF8.GetBytes(Valid(route, member, value)), Json);
        await at.ExpectUnchangedAsync();
    }

    [Theory, BothDatabases]
    public async Task Content_types_that_nobody_speaks_are_refused_by_every_route(Db db)
    {
        await using var at = await StartAsync(db);
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
                (await at.ExpectRefusedAsync(route, Encoding.UTF8.GetBytes(Valid(route)), type)).Code
            );
        await at.ExpectUnchangedAsync();
    }

    [Theory, BothDatabases]
    public async Task Broken_forms_are_refused_by_every_route(Db db)
    {
        await using var at = await StartAsync(db);
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
        await using var at = await StartAsync(db);
        var random = new Random(20261123);
        // A route that takes no member has nothing to spoil: any object is right for it.
        foreach (var route in Route.Of(at.Portal, "POST").Where(r => r.Members.Count > 0 || r.TakesPools))
            for (var i = 0; i < 40; i++)
                await at.ExpectRefusedAsync(
                    route,
                    Spoil(random, Valid(route)),
                    random.Next(10) == 0 ? "application/x-www-form-urlencoded" : Json
                );
        await at.ExpectUnchangedAsync();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Bodies_past_the_limit_are_413_declared_or_not(bool declared)
    {
        await using var at = await StartAsync(Db.Sqlite);
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

    /// <summary>Parts that are not set up here say so with 503.</summary>
    private static readonly Refusal[] Off = [ForgeRefusals.ForgeOff, KycRefusals.KycOff];

    [Theory, BothDatabases]
    public async Task Odd_queries_and_paths_never_break_a_page(Db db)
    {
        await using var at = await StartAsync(db);
        string[] names =
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
        string[] values =
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
        string[] accepts = [Json, "text/html", "garbage;;q=x"];
        var turn = (int)db;
        foreach (var route in Route.Of(at.Portal, "GET"))
        foreach (var value in values)
        {
            var all = string.Join('&', names.Select(n => $"{n}={value}"));
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

    private static async Task<Target> StartAsync(Db db)
    {
        // Nobody is there: what is bad is refused before anybody is asked.
        var portal = await Portal.StartAsync(
            db,
            Portal.Machines(3),
            new Dictionary<string, string?> { ["MYCELIUM_API_URL"] = "http://127.0.0.1:9" }
        );
        var target = new Target(portal, await portal.SignUpAsync("asha"));
        await target.RememberAsync();
        return target;
    }

    private static IEnumerable<byte[]> NastyBodies(Route route)
    {
        var member = route.Members.Count > 0 ? route.Members[0] : "id";
        string[] texts =
        [
            "{",
            "}",
            "{]",
            "null",
            "5",
            "\"x\"",
            "true",
            "NaN",
            "{} x",
            "{}{}",
            "{'a':1}",
            "{a:1}",
            "{\"a\":1,}",
            "{\"a\":01}",
            "// c\n{}",
            "\ufeff{}",
            "{\"a\":\"\n\"}",
            "{\"a\":\"\\x\"}",
            $"{{\"{member}\":\"x\",\"{member}\":\"x\"}}",
            "{\"a\":" + new string('[', 16) + new string(']', 16) + "}",
            new string('[', 5000),
            "{\"\\ud800\":1}",
            "\0",
            "{\"a\":\"\0\"}",
        ];
        string[] more = route.TakesPools
            ?
            [
                "{}",
                "{\"pool\":{}}",
                "[[]]",
                "[null]",
                "[{\"id\":\"a\\ud800\"}]",
                "[{\"id\":\"a\",\"labels\":{\"x\":\"\\ud800\"}}]",
                "[{\"id\":\"a\",\"\\ud800\":1}]",
            ]
            : ["[]", "[{}]"];
        foreach (var text in texts.Concat(more))
            yield return Encoding.UTF8.GetBytes(text);
        yield return [0xff, 0xfe, 0x7b, 0x00, 0x7d, 0x00];
        yield return [.. "{\""u8, .. Encoding.UTF8.GetBytes(member), .. "\":\""u8, 0xff, 0xc0, 0x80, .. "\"}"u8];
        yield return [.. "[{\"id\":\""u8, 0xff, .. "\"}]"u8];
        yield return [.. "{\"a\":\""u8, 0xed, 0xa0, 0x80, .. "\"}"u8];
    }

    /// <summary>
    /// A body that is well formed but names nothing that exists; <paramref name="member"/> gets another value.
    /// </summary>
    private static string Valid(Route route, string? member = null, string? value = null)
    {
        if (route.TakesPools)
            return """[{"id":"a","status":"broken","ssh_port":0,"address":5},"""
                + """{"id":"a","cockpit_url":"ftp://x","labels":"none"}]""";
        var members = route.Members.Select(m =>
            $"\"{m}\":{(m == member ? value : m switch
        {
            "amount_cents" => "500",
            "lease_number" => "1",
            "start_now" or "lift_quarantine" => "true",
            "action" => "\"maintenance\"",
            "machines" => "\"vm-none:1 vm-never:2\"",
            "status" => "\"maintenance\"",
            "plan_id" => "\"vms-none\"",
            "ssh_public_key" => "null",
            "reason" => "\"a good reason\"",
            _ => $"\"{Names.NewSid(DateTimeOffset.UnixEpoch)}\"",
        })}"
        );
        return "{" + string.Join(',', members) + "}";
    }

    private static byte[] Spoil(Random random, string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text).ToList();
        for (var times = random.Next(1, 4); times > 0; times--)
        {
            var at = random.Next(bytes.Count);
            var length = Math.Min(random.Next(1, 12), bytes.Count - at);
            switch (random.Next(5))
            {
                case 0:
                    bytes[at] = (byte)random.Next(256);
                    break;
                case 1:
                    bytes.Insert(at, (byte)random.Next(256));
                    break;
                case 2 when bytes.Count > length:
                    bytes.RemoveRange(at, length);
                    break;
                case 3:
                    bytes.InsertRange(at, bytes.GetRange(at, length));
                    break;
                default:
                    bytes.InsertRange(
                        at,
                        Encoding.UTF8.GetBytes(
                            new[]
                            {
                                "\"",
                                "\\u0000",
                                "\\ud800",
                                "{",
                                "[",
                                "]",
                                ",",
                                ":",
                                "null",
                                "-",
                                "e99",
                                "\0",
                                "\u202e",
                                "\\",
                            }[random.Next(14)]
                        )
                    );
                    break;
            }
        }
        return [.. bytes];
    }

    /// <summary>A portal, a customer who may do nothing yet, and what the store held at the beginning.</summary>
    private sealed class Target(Portal portal, Customer customer) : IAsyncDisposable
    {
        private string before = "";

        public Portal Portal => portal;

        public string LastError =>
            portal.Log.Lines.LastOrDefault(l => l.StartsWith("Error", StringComparison.Ordinal)) ?? "";

        public async Task RememberAsync() => before = await portal.FactsAsync();

        /// <summary>Lists that were answered have left their access rows; nothing else has come or gone.</summary>
        public async Task ExpectUnchangedAsync() =>
            Assert.Equal(
                before,
                string.Join(
                    '\n',
                    (await portal.FactsAsync())
                        .Split('\n')
                        .Where(row => !row.Contains(" | act=list.view | ", StringComparison.Ordinal))
                )
            );

        public async Task<Reply> ExpectRefusedAsync(Route route, byte[] body, string type, bool declared = true)
        {
            using var request = Request(route, route.Path, Json);
            request.Content = declared ? new ByteArrayContent(body) : new StreamContent(new Undeclared(body));
            if (type.Length > 0)
                request.Content.Headers.TryAddWithoutValidation("Content-Type", type);
            var reply = await customer.Browser.SendAsync(request);
            var ok =
                reply
                    is {
                        Status: >= (System.Net.HttpStatusCode)400 and < (System.Net.HttpStatusCode)500,
                        Code: not null
                    }
                || reply.Location?.Contains("refused=", StringComparison.Ordinal) == true
                // A part that is not set up here refuses whatever is sent.
                || ((int)reply.Status == 503 && reply.Code?.EndsWith(".off", StringComparison.Ordinal) == true)
                || (route.ShowsItsPage && (int)reply.Status == 422);
            Assert.True(
                ok,
                $"{(int)reply.Status} {reply.Location} at {route.Path} for {type} "
                    + $"'{Encoding.Latin1.GetString(body, 0, Math.Min(300, body.Length))}': "
                    + $"{reply.Body}\n{LastError}"
            );
            return reply;
        }

        public Task<Reply> GetAsync(Route route, string url, string accept) =>
            customer.Browser.SendAsync(Request(route, url, accept));

        public ValueTask DisposeAsync() => portal.DisposeAsync();

        private static HttpRequestMessage Request(Route route, string url, string accept)
        {
            var request = new HttpRequestMessage(new HttpMethod(route.Method), new Uri(Portal.Base, url));
            request.Headers.TryAddWithoutValidation("Accept", accept);
            request.Headers.TryAddWithoutValidation("Origin", "https://localhost");
            if (route.ForOperators)
                request.Headers.TryAddWithoutValidation("X-Hero-Onboarding-Admin-Secret", Portal.AdminSecret);
            return request;
        }
    }

    /// <summary>A stream that does not tell its length, so that the request is sent in chunks.</summary>
    private sealed class Undeclared(byte[] bytes) : MemoryStream(bytes)
    {
        public override bool CanSeek => false;
    }
}
