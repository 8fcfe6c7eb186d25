using HeroOnboarding.Accounts;
using HeroOnboarding.Tests.Support;

namespace HeroOnboarding.Tests.Web;

public sealed class RequestsFromElsewhere
{
    [Fact]
    public async Task Json_counts_only_from_our_own_origin()
    {
        await using var portal = await Portal.StartAsync(Db.Sqlite, Portal.Machines(9));
        var asha = await portal.SignUpWithPlanAsync("asha", "vms-10");
        var before = await portal.FactsAsync();
        string[][] foreign =
        [
            ["Origin", "https://evil.example"],
            ["Origin", "null"],
            ["Origin", ""],
            ["Origin", "http://localhost"],
            ["Origin", "https://localhost.evil.example"],
            ["Origin", "https://localhost:444"],
            ["Origin", "https://localhost", "Sec-Fetch-Site", "cross-site"],
            ["Origin", "https://localhost", "Sec-Fetch-Site", "same-site"],
            ["Origin", "https://localhost", "Sec-Fetch-Site", "none"],
        ];
        foreach (var headers in foreign)
            (await SendAsync(asha, headers)).ExpectRefusal(Refusals.OriginRequired);
        Assert.Equal(before, await portal.FactsAsync());
        (await SendAsync(asha, ["Origin", "https://localhost"])).Expect(201);
        (await SendAsync(asha, ["Origin", "", "Sec-Fetch-Site", "same-origin"])).Expect(201);
    }

    [Fact]
    public async Task Anything_but_json_and_forms_is_refused()
    {
        await using var portal = await Portal.StartAsync(Db.Sqlite, Portal.Machines(3));
        var asha = await portal.SignUpWithPlanAsync("asha");
        foreach (
            var type in new[]
            {
                "",
                "text/plain",
                "text/json",
                "application/xml",
                "application/octet-stream",
                "application/jsonx",
            }
        )
            (await asha.Browser.SendRawAsync(HttpMethod.Post, "/vm/allocate", "{}", contentType: type)).ExpectRefusal(
                Refusals.MediaType
            );
        (await asha.Browser.SendRawAsync(HttpMethod.Post, "/vm/allocate", null)).ExpectRefusal(Refusals.MediaType);
    }

    [Fact]
    public async Task A_form_needs_the_token_of_this_browser_and_this_session()
    {
        await using var portal = await Portal.StartAsync(Db.Sqlite, Portal.Machines(3));
        var (asha, juma) = (await portal.SignUpWithPlanAsync("asha"), await portal.SignUpWithPlanAsync("juma"));
        var hers = await portal.FormTokenAsync(asha.Browser);
        var his = await portal.FormTokenAsync(juma.Browser);
        var anonymous = await portal.FormTokenAsync(portal.Browser());
        var before = await portal.FactsAsync();
        foreach (var token in new[] { "", "garbage", his, anonymous })
        {
            var form = new Dictionary<string, string> { [FormTokens.Field] = token };
            (
                await asha.Browser.PostFormAsync(
                    "/vm/allocate",
                    form,
                    new Dictionary<string, string> { ["Accept"] = "application/json" }
                )
            ).Expect(400);
        }
        (await asha.Browser.PostFormAsync("/vm/allocate", new Dictionary<string, string>())).Expect(400);
        Assert.Equal(before, await portal.FactsAsync());
        var done = (
            await asha.Browser.PostFormAsync(
                "/vm/allocate",
                new Dictionary<string, string> { [FormTokens.Field] = hers }
            )
        ).Expect(303);
        Assert.StartsWith("/dashboard?started=", done.Location, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_refused_form_comes_back_to_its_page_with_the_code_and_a_repeated_one_says_already()
    {
        await using var portal = await Portal.StartAsync(Db.Sqlite, "[]");
        var asha = await portal.SignUpWithPlanAsync("asha");
        var form = new Dictionary<string, string>
        {
            [FormTokens.Field] = await portal.FormTokenAsync(asha.Browser),
            ["idempotency_key"] = "form-1",
        };
        Assert.Equal(
            "/dashboard?refused=pool.empty",
            (await asha.Browser.PostFormAsync("/vm/allocate", form)).Expect(303).Location
        );
        (await portal.RefreshPoolAsync(Portal.Machines(2))).Expect(200);
        var first = (await asha.Browser.PostFormAsync("/vm/allocate", form)).Expect(303).Location;
        var again = (await asha.Browser.PostFormAsync("/vm/allocate", form)).Expect(303).Location;
        Assert.StartsWith(first + "&already=", again, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Signed_out_a_browser_goes_to_sign_in_and_a_program_gets_401()
    {
        await using var portal = await Portal.StartAsync(Db.Sqlite, Portal.Machines(1));
        (await portal.Browser().SendAsync(HttpMethod.Post, "/vm/allocate", new { })).ExpectRefusal(
            AccountRefusals.SessionRequired
        );
        var referer = new Dictionary<string, string> { ["Referer"] = "https://localhost/plans?x=1" };
        Assert.Equal(
            "/login?return_url=%2Fplans%3Fx%3D1",
            (await portal.Browser().PostFormAsync("/vm/allocate", new Dictionary<string, string>(), referer))
                .Expect(303)
                .Location
        );
        foreach (
            var foreign in new[]
            {
                "https://evil.example//x",
                "javascript:alert(1)",
                "",
                "https://localhost//evil.example",
            }
        )
            Assert.Contains(
                (
                    await portal
                        .Browser()
                        .PostFormAsync(
                            "/vm/allocate",
                            new Dictionary<string, string>(),
                            new Dictionary<string, string> { ["Referer"] = foreign }
                        )
                )
                    .Expect(303)
                    .Location,
                new[] { "/login?return_url=%2Fdashboard" }
            );
    }

    private static Task<Reply> SendAsync(Customer customer, string[] headers)
    {
        var sent = new Dictionary<string, string>();
        for (var i = 0; i < headers.Length; i += 2)
            sent[headers[i]] = headers[i + 1];
        return customer.Browser.SendAsync(HttpMethod.Post, "/vm/allocate", new { }, headers: sent);
    }
}
