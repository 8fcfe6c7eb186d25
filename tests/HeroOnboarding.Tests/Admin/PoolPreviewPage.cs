using System.Net;
using System.Text.RegularExpressions;
using HeroOnboarding.Pool;
using HeroOnboarding.Tests.Support;
using HeroOnboarding.Vms;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Tests.Admin;

/// <summary>A pool text is previewed without a change, and then applied.</summary>
public sealed class PoolPreviewPage
{
    /// <summary>
    /// Of six machines: vm-0001 is held and left out, vm-0002 wiped and changed, vm-0003 in maintenance, vm-0004 left
    /// out, vm-0005 kept, vm-0006 listed again, and new-1 is new.
    /// </summary>
    private const string ChangedPool = """
        [{"id":"vm-0002","wiped_lease":1},
        {"id":"vm-0003","status":"maintenance","address":"10.0.0.3","cockpit_url":"https://vm-0003.example.org/"},
         {"id":"vm-0005","address":"10.0.0.5","cockpit_url":"https://vm-0005.example.org/"},
         {"id":"vm-0006","address":"10.0.0.6","cockpit_url":"https://vm-0006.example.org/"},
         {"id":"new-1","adress":"typo","cockpitUrl":"https://x.example/"}]
        """;

    [Theory, BothDatabases]
    public async Task A_preview_changes_nothing_and_says_what_the_refresh_then_does(Db db)
    {
        await using var portal = await Portal.StartAsync(db, Portal.Machines(6));
        var asha = await portal.SignUpWithPlanAsync("asha");
        (await asha.AllocateAsync()).Expect(201);
        var over = (await asha.AllocateAsync()).Expect(201).Text("sid");
        (await asha.ReleaseAsync(over)).Expect(200);
        (await portal.RefreshPoolAsync(Portal.Machines(5))).Expect(200);
        portal.Clock.Advance(TimeSpan.FromSeconds(1));
        var before = await StateAsync(portal);
        var preview = (
            await portal.Browser().SendRawAsync(HttpMethod.Post, "/admin/pool-preview", ChangedPool, Portal.AdminSecret)
        ).Expect(200);
        Assert.Equal(before, await StateAsync(portal));
        Assert.Equal(["vm-0001"], preview.Json.GetProperty("held_removed").EnumerateArray().Select(e => e.GetString()));
        Assert.Equal(
            ["cockpitUrl"],
            preview
                .Json.GetProperty("near_misses")
                .EnumerateArray()
                .Select(e => e.GetString())
                .Where(m => m != "adress")
        );
        Assert.Equal(
            (3, 2, 4),
            (preview.Number("free_before"), preview.Number("free_lost"), preview.Number("free_after"))
        );
        Assert.True(preview.Json.GetProperty("alarm").GetBoolean());
        await ExpectRefreshAsPreviewedAsync(portal, ChangedPool, preview);
    }

    private static async Task ExpectRefreshAsPreviewedAsync(Portal portal, string text, Reply preview)
    {
        (await portal.RefreshPoolAsync(text)).Expect(200);
        var done = await portal.ReadAsync(d => d.PoolRefreshes.OrderByDescending(r => r.Sid).FirstAsync());
        Assert.Equal(
            (5, 5, 2, 2, 2, 3, 1),
            (done.PrevSize, done.Size, done.Added, done.Removed, done.Changed, done.Kept, done.Wiped)
        );
        foreach (
            var (name, count) in new[]
            {
                ("prev_pool_size", done.PrevSize),
                ("pool_size", done.Size),
                ("added", done.Added),
                ("removed", done.Removed),
                ("changed", done.Changed),
                ("kept", done.Kept),
                ("wiped", done.Wiped),
            }
        )
            Assert.Equal(count, preview.Number(name));
        Assert.Equal(
            4,
            await portal.ReadAsync(d =>
                d.PoolVms.CountAsync(v =>
                    v.Listed
                    && v.Status == PoolStatus.Available
                    && v.Condition == PoolCondition.Clean
                    && v.AllocationSid == null
                )
            )
        );
    }

    [Theory, BothDatabases]
    public async Task The_page_previews_alarms_and_applies_the_same_text(Db db)
    {
        await using var portal = await Portal.StartAsync(db, Portal.Machines(4));
        using var browser = await portal.OperatorAsync();
        var page = (
            await browser.SubmitAsync(
                "/admin/pool-preview",
                "/admin/pool-preview",
                new Dictionary<string, string> { ["pool"] = Portal.Machines(1) }
            )
        )
            .Expect(200)
            .Body;
        Assert.Contains("More than half of the free machines would vanish", page, StringComparison.Ordinal);
        Assert.Contains("vm-0002, vm-0003, vm-0004", page, StringComparison.Ordinal);
        Assert.Equal(4, await portal.ReadAsync(d => d.PoolVms.CountAsync(v => v.Listed)));
        portal.Clock.Advance(TimeSpan.FromSeconds(1));
        var applied = (await ApplyAsync(browser, page)).Expect(303);
        Assert.Contains(
            "The pool was refreshed: 0 added, 3 removed, 0 changed, 1 kept.",
            (await browser.OpenAsync(applied.Location!)).Expect(200).Body,
            StringComparison.Ordinal
        );
        Assert.Equal(1, await portal.ReadAsync(d => d.PoolVms.CountAsync(v => v.Listed)));
        var history = (await browser.SendAsync(HttpMethod.Get, "/admin/list-refreshes"))
            .Expect(200)
            .Json.GetProperty("rows");
        Assert.Equal(
            ("operator:Neema", "page", 3),
            (
                history[0].GetProperty("actor").GetString(),
                history[0].GetProperty("source").GetString(),
                history[0].GetProperty("removed").GetInt32()
            )
        );
        Assert.Equal("operator:Neema pool", (await portal.AuditOfAsync("pool.refresh"))[^1]);
    }

    [Fact]
    public async Task A_file_of_many_megabytes_is_previewed_and_applied_and_one_above_the_limit_is_413()
    {
        await using var portal = await Portal.StartAsync(Db.Sqlite);
        using var browser = await portal.OperatorAsync();
        var token = Token((await browser.OpenAsync("/admin/pool-preview")).Body);
        var text = Portal.Machines(60_000);
        Assert.True(text.Length > 5_000_000);
        using var upload = Upload("/admin/pool-preview", token, text);
        var page = (await browser.SendAsync(upload)).Expect(200).Body;
        Assert.Contains("60,000", page, StringComparison.Ordinal);
        (await ApplyAsync(browser, page)).Expect(303);
        Assert.Equal(60_000, await portal.ReadAsync(d => d.PoolVms.CountAsync()));
        using var tooMuch = Upload("/admin/pool-preview", token, new string(' ', 33 * 1024 * 1024));
        (await browser.SendAsync(tooMuch)).Expect(413);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("""[{"id":"-bad"}]""")]
    public async Task A_wrong_text_is_named_and_neither_previewed_nor_applied(string text)
    {
        await using var portal = await Portal.StartAsync(Db.Sqlite, Portal.Machines(2));
        using var browser = await portal.OperatorAsync();
        var page = (
            await browser.SubmitAsync(
                "/admin/pool-preview",
                "/admin/pool-preview",
                new Dictionary<string, string> { ["pool"] = text }
            )
        )
            .Expect(422)
            .Body;
        Assert.Contains(PoolRefusals.PoolInvalid.Title, page, StringComparison.Ordinal);
        Assert.DoesNotContain("pool-apply", page, StringComparison.Ordinal);
        var fields = new Dictionary<string, string> { ["pool"] = text, ["__RequestVerificationToken"] = Token(page) };
        Assert.InRange((int)(await browser.PostFormAsync("/admin/pool-apply", fields)).Status, 400, 422);
        Assert.InRange(
            (int)(await browser.SendRawAsync(HttpMethod.Post, "/admin/pool-preview", text)).Status,
            400,
            422
        );
        Assert.Equal(2, await portal.ReadAsync(d => d.PoolVms.CountAsync(v => v.Listed)));
    }

    [Fact]
    public async Task Without_a_pool_preview_and_apply_are_503()
    {
        await using var portal = await Portal.StartAsync(Db.Sqlite, pool: null);
        using var browser = await portal.OperatorAsync();
        (await browser.SendRawAsync(HttpMethod.Post, "/admin/pool-preview", "[]")).ExpectRefusal(
            VmRefusals.ProvisionerUnavailable
        );
        var token = Token((await browser.OpenAsync("/admin/pool-preview")).Expect(200).Body);
        (
            await browser.PostFormAsync(
                "/admin/pool-apply",
                new Dictionary<string, string> { ["pool"] = "[]", ["__RequestVerificationToken"] = token }
            )
        ).Expect(503);
        Assert.Contains("No pool", (await browser.OpenAsync("/admin")).Body, StringComparison.Ordinal);
    }

    private static string Token(string page) =>
        Regex.Match(page, "name=\"__RequestVerificationToken\" type=\"hidden\" value=\"([^\"]*)\"").Groups[1].Value;

    /// <summary>Sends the form of a preview page as a browser does.</summary>
    private static Task<Reply> ApplyAsync(Browser browser, string page)
    {
        var text = WebUtility.HtmlDecode(Regex.Match(page, "name=\"pool\" value=\"([^\"]*)\"").Groups[1].Value);
        return browser.SendAsync(Upload("/admin/pool-apply", Token(page), text, file: false));
    }

    private static HttpRequestMessage Upload(string path, string token, string text, bool file = true)
    {
        var content = new MultipartFormDataContent { { new StringContent(token), "__RequestVerificationToken" } };
        if (file)
            content.Add(new StringContent(text), "file", "pool.json");
        else
            content.Add(new StringContent(text), "pool");
        var request = new HttpRequestMessage(HttpMethod.Post, new Uri(Portal.Base, path)) { Content = content };
        request.Headers.TryAddWithoutValidation("Accept", "text/html");
        return request;
    }

    private static Task<string> StateAsync(Portal portal) =>
        portal.ReadAsync(async d =>
            System.Text.Json.JsonSerializer.Serialize(
                new
                {
                    Vms = await d.PoolVms.OrderBy(v => v.Id).ToListAsync(),
                    Refreshes = await d.PoolRefreshes.CountAsync(),
                    Staged = await d.PoolStaging.CountAsync(),
                    Audit = await d.Audit.CountAsync(),
                }
            )
        );
}
