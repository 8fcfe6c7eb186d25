using System.Text.RegularExpressions;
using HeroOnboarding.Pool;
using HeroOnboarding.Tests.Support;
using HeroOnboarding.Vms;

namespace HeroOnboarding.Tests.Web;

/// <summary>The trace id on a page is the one in the log lines of the refused request.</summary>
public sealed partial class TraceIds
{
    [Theory, BothDatabases]
    public async Task A_refused_form_shows_the_id_of_the_refused_request_and_the_log_has_it(Db db)
    {
        await using var portal = await Portal.StartAsync(db);
        var asha = await portal.SignUpWithPlanAsync("asha");
        var form = new Dictionary<string, string>
        {
            [FormTokens.Field] = await portal.FormTokenAsync(asha.Browser),
            ["ssh_public_key"] = "",
        };
        var refused = (await asha.Browser.PostFormAsync("/vm/allocate", form)).Expect(303);
        Assert.Equal("/dashboard?refused=pool.empty", refused.Location);
        var page = (await asha.Browser.OpenAsync(refused.Redirect!)).Expect(200).Body;
        var id = Shown().Match(page).Groups[1].Value;
        Assert.Contains(
            portal.Log.Of(id),
            l =>
                l.Contains("Information", StringComparison.Ordinal)
                && l.Contains("Refused POST /vm/allocate: 503 pool.empty", StringComparison.Ordinal)
        );
        // A reload shows the same id: it is that of the refused form and not that of the page.
        Assert.Equal(id, Shown().Match((await asha.Browser.OpenAsync(refused.Redirect!)).Body).Groups[1].Value);
    }

    [Theory]
    [InlineData("application/json")]
    [InlineData("text/html")]
    public async Task Problem_details_and_whole_pages_show_the_id_that_the_log_has(string accept)
    {
        await using var portal = await Portal.StartAsync(Db.Sqlite);
        var asha = await portal.SignUpAsync("asha");
        var headers = new Dictionary<string, string> { ["Accept"] = accept };
        foreach (
            var (method, path, line) in new[]
            {
                (HttpMethod.Post, "/vm/allocate", "Refused POST /vm/allocate: 403 kyc.required"),
                (
                    HttpMethod.Get,
                    "/receipts/planted-in-the-path?planted=in-the-query",
                    "Refused GET /receipts/{number}: 404 not_found"
                ),
                (HttpMethod.Get, "/nothing/planted-in-the-path", "Refused GET (no route): 404 not_found"),
                (
                    new HttpMethod("PLANTED"),
                    "/vm/allocate",
                    "Refused (other method) (no route): 405 method.not_allowed"
                ),
            }
        )
        {
            var reply = await asha.Browser.SendAsync(
                method,
                path,
                method == HttpMethod.Post ? new { ssh_public_key = "planted-in-the-body" } : null,
                headers: headers
            );
            var id = Id().Match(reply.Body).Value;
            Assert.Contains(portal.Log.Of(id), l => l.Contains(line, StringComparison.Ordinal));
        }
        Assert.DoesNotContain("planted", string.Join('\n', portal.Log.Lines), StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task A_bug_is_logged_with_the_id_that_the_answer_shows()
    {
        await using var portal = await Portal.StartAsync(Db.Sqlite, Portal.Machines(1));
        var asha = await portal.SignUpWithPlanAsync("asha");
        portal.Crash.Hook = (_, act) =>
        {
            if (act == "vm.allocate")
                throw new InvalidTimeZoneException();
        };
        var id = (await asha.AllocateAsync()).Expect(500).Text("trace_id");
        Assert.Contains(portal.Log.Of(id), l => l.Contains(nameof(InvalidTimeZoneException), StringComparison.Ordinal));
        Assert.Contains(
            portal.Log.Of(id),
            l => l.Contains("Refused POST /vm/allocate: 500 error.internal", StringComparison.Ordinal)
        );
    }

    [Theory, BothDatabases]
    public async Task A_line_that_is_written_inside_a_unit_of_work_has_the_id_of_its_request(Db db)
    {
        await using var portal = await Portal.StartAsync(db, Portal.Machines(1));
        var id = (await portal.AdminPostAsync("/admin/pool-vm-ready", new { pool_vm_id = "vm-0001", lease_number = 7 }))
            .ExpectRefusal(PoolRefusals.PoolVmStaleLease)
            .Text("trace_id");
        Assert.Contains(portal.Log.Of(id), l => l.Contains("speaks of lease 7", StringComparison.Ordinal));
        // A unit of another request in between keeps nothing of it.
        Assert.DoesNotContain(
            portal.Log.Of(
                (await portal.AdminPostAsync("/admin/pool-vm-ready", new { pool_vm_id = "no", lease_number = 7 })).Text(
                    "trace_id"
                )
            ),
            l => l.Contains("lease 7", StringComparison.Ordinal)
        );
    }

    [Theory]
    [InlineData("traceparent", "garbage")]
    [InlineData("traceparent", "00-00000000000000000000000000000000-0000000000000000-00")]
    [InlineData("Request-Id", "|planted.1.")]
    [InlineData("X-Other", "control")]
    public async Task Whatever_a_caller_sends_the_id_has_its_form(string header, string value)
    {
        await using var portal = await Portal.StartAsync(Db.Sqlite);
        var reply = await portal
            .Browser()
            .SendAsync(HttpMethod.Get, "/nothing", headers: new Dictionary<string, string> { [header] = value });
        var id = reply.Expect(404).Text("trace_id");
        Assert.Matches("^(?!0{32})[0-9a-f]{32}$", id);
        Assert.Contains(portal.Log.Of(id), l => l.Contains("not_found", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("0123456789abcdef0123456789abcdef", true)]
    [InlineData("0123456789abcdef0123456789abcde", false)]
    [InlineData("0123456789ABCDEF0123456789ABCDEF", false)]
    [InlineData("0123456789abcdef0123456789abcdef0", false)]
    [InlineData("%3Cscript%3Ealert(1)%3C/script%3E012", false)]
    [InlineData("call-0800-123456-to-get-your-money", false)]
    [InlineData("0123456789abcdef0123456789abcdef&trace=0123456789abcdef0123456789abcdef", false)]
    [InlineData("", false)]
    public async Task A_page_prints_nothing_that_is_not_an_id(string sent, bool printed)
    {
        await using var portal = await Portal.StartAsync(Db.Sqlite);
        var asha = await portal.SignUpAsync("asha");
        var page = (await asha.Browser.OpenAsync("/credit?refused=pool.empty&trace=" + sent)).Expect(200).Body;
        Assert.Contains(VmRefusals.PoolEmpty.Title, page, StringComparison.Ordinal);
        Assert.Equal(printed, Shown().IsMatch(page));
        Assert.Equal(printed, page.Contains("Trace", StringComparison.Ordinal));
    }

    [GeneratedRegex("Trace <span class=\"mono\">([0-9a-f]{32})</span>")]
    private static partial Regex Shown();

    [GeneratedRegex("[0-9a-f]{32}")]
    private static partial Regex Id();
}
