using System.Net.Http.Headers;
using System.Text;
using HeroOnboarding.Accounts;
using HeroOnboarding.Tests.Support;
using HeroOnboarding.Web;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Tests.Conventions;

/// <summary>
/// Another site cannot make a signed-in browser change anything: every route that is not a GET is tried.
/// </summary>
public sealed class UnsafeRequestsAreOurOwn
{
    /// <summary>Routes that other systems call without a browser, each with a signature or secret of its own.</summary>
    private static readonly string[] NotForBrowsers = ["POST /webhooks/idenfy", "POST /webhooks/stripe"];

    private static readonly Dictionary<string, string> None = [];

    [Fact]
    public async Task A_form_without_the_antiforgery_token_is_refused() =>
        await EveryAsync(
            Refusals.AntiforgeryRequired,
            (_, browser, path) =>
                [
                    browser.PostFormAsync(path, new Dictionary<string, string> { ["plan_id"] = "vms-5" }),
                    browser.PostFormAsync(
                        path,
                        new Dictionary<string, string> { ["__RequestVerificationToken"] = "CfDJ8nothing" }
                    ),
                    SendAsync(
                        browser,
                        path,
                        new MultipartFormDataContent { { new StringContent("vms-5"), "plan_id" } },
                        None
                    ),
                ]
        );

    [Fact]
    public async Task Text_and_nameless_bodies_are_refused() =>
        await EveryAsync(
            Refusals.MediaType,
            (method, browser, path) =>
                [
                    SendAsync(browser, path, Body("{}", "text/plain"), OwnOrigin, method),
                    SendAsync(browser, path, Body("{}", "text/html"), OwnOrigin, method),
                    SendAsync(browser, path, Body("{}", "application/xml"), OwnOrigin, method),
                    SendAsync(browser, path, Body("{}", null), OwnOrigin, method),
                    SendAsync(browser, path, null, OwnOrigin, method),
                ]
        );

    /// <summary>Headers that a browser sends from another origin, and none at all.</summary>
    private static readonly Dictionary<string, string>[] ForeignHeaders =
    [
        None,
        new() { ["Origin"] = "https://evil.example" },
        new() { ["Origin"] = "null" },
        new() { ["Origin"] = "http://localhost" },
        new() { ["Origin"] = "https://localhost.evil.example" },
        new() { ["Origin"] = "https://localhost", ["Sec-Fetch-Site"] = "cross-site" },
        new() { ["Origin"] = "https://localhost", ["Sec-Fetch-Site"] = "same-site" },
        new() { ["Sec-Fetch-Site"] = "none" },
    ];

    [Fact]
    public async Task Json_from_elsewhere_is_refused() =>
        await EveryAsync(
            Refusals.OriginRequired,
            (method, browser, path) =>
                [
                    .. ForeignHeaders.Select(headers =>
                        SendAsync(browser, path, Body("{}", "application/json"), headers, method)
                    ),
                ]
        );

    [Fact]
    public async Task Our_own_json_gets_through()
    {
        await using var portal = await Portal.StartAsync(Db.Sqlite, Portal.Machines(1));
        var asha = await portal.SignUpAsync("asha");
        foreach (
            var headers in new[]
            {
                OwnOrigin,
                new() { ["Sec-Fetch-Site"] = "same-origin" },
            }
        )
            (await SendAsync(asha.Browser, "/vm/allocate", Body("{}", "application/json"), headers)).ExpectRefusal(
                AccountRefusals.KycRequired
            );
    }

    [Fact]
    public async Task Machines_with_the_secret_in_a_header_carry_no_cookie_and_are_exempt()
    {
        await using var portal = await Portal.StartAsync(Db.Sqlite);
        var secret = new Dictionary<string, string>
        {
            ["X-Hero-Onboarding-Admin-Secret"] = Portal.AdminSecret,
            ["Origin"] = "https://evil.example",
        };
        foreach (var route in (await Route.AllAsync(portal)).Where(r => r.IsUnsafe && !r.IsPage && r.IsForOperators))
        {
            var reply = await SendAsync(
                portal.Browser(),
                route.Path(),
                Body("{}", "application/json"),
                secret,
                route.Method
            );
            Assert.True(
                reply.Code is not ("origin.foreign" or "form.expired") && (int)reply.Status is not 403,
                $"{route}: {reply.Status} {reply.Body}"
            );
        }
    }

    [Fact]
    public async Task The_secret_in_a_header_does_not_excuse_a_customers_route()
    {
        await using var portal = await Portal.StartAsync(Db.Sqlite, Portal.Machines(1));
        var asha = await portal.SignUpAsync("asha");
        var secret = new Dictionary<string, string>
        {
            ["X-Hero-Onboarding-Admin-Secret"] = Portal.AdminSecret,
            ["Origin"] = "https://evil.example",
        };
        (await SendAsync(asha.Browser, "/vm/allocate", Body("{}", "application/json"), secret)).ExpectRefusal(
            Refusals.OriginRequired
        );
    }

    private static Dictionary<string, string> OwnOrigin => new() { ["Origin"] = "https://localhost" };

    private static async Task EveryAsync(
        Refusal expected,
        Func<HttpMethod, Browser, string, IEnumerable<Task<Reply>>> attempts
    )
    {
        await using var portal = await Portal.StartAsync(Db.Sqlite, Portal.Machines(1));
        var asha = await portal.SignUpWithPlanAsync("asha");
        var tried = new List<string>();
        var exempt = new List<string>();
        foreach (var route in (await Route.AllAsync(portal)).Where(r => r.IsUnsafe))
        {
            if (route.Metadata.OfType<NotForBrowsers>().Any())
            {
                exempt.Add(route.Name);
                continue;
            }
            var browser = await route.AllowedAsync(portal, asha);
            var before = await ChangesAsync(portal);
            foreach (var attempt in attempts(new HttpMethod(route.Method), browser, route.Path()))
            {
                var reply = await attempt;
                Assert.True(
                    Says(reply, expected),
                    $"{route}: expected {expected.Code}, got {(int)reply.Status} {reply.Body}"
                );
            }
            Assert.Equal(before, await ChangesAsync(portal));
            tried.Add(route.Name);
        }
        Assert.Equal(NotForBrowsers, exempt);
        Assert.Contains("POST /vm/allocate", tried);
        Assert.Contains("POST /admin/pool-refresh", tried);
    }

    /// <summary>Forms are answered by a page that prints the code, programs by problem details.</summary>
    private static bool Says(Reply reply, Refusal expected) =>
        (int)reply.Status == expected.Status
        && (reply.Code ?? (reply.Body.Contains(expected.Code, StringComparison.Ordinal) ? expected.Code : null))
            == expected.Code;

    private static Task<int> ChangesAsync(Portal portal) =>
        portal.ReadAsync(d => d.Audit.CountAsync(r => r.Act != "operator.sign_in"));

    private static ByteArrayContent Body(string text, string? type) =>
        new(Encoding.UTF8.GetBytes(text))
        {
            Headers = { ContentType = type is null ? null : MediaTypeHeaderValue.Parse(type) },
        };

    private static Task<Reply> SendAsync(
        Browser browser,
        string path,
        HttpContent? content,
        Dictionary<string, string> headers,
        HttpMethod method
    ) => SendAsync(browser, path, content, headers, method.Method);

    private static Task<Reply> SendAsync(
        Browser browser,
        string path,
        HttpContent? content,
        Dictionary<string, string> headers,
        string method = "POST"
    )
    {
        var request = new HttpRequestMessage(new HttpMethod(method), new Uri(Portal.Base, path)) { Content = content };
        request.Headers.TryAddWithoutValidation("Accept", "application/json");
        foreach (var (name, value) in headers)
            request.Headers.TryAddWithoutValidation(name, value);
        return browser.SendAsync(request);
    }
}
