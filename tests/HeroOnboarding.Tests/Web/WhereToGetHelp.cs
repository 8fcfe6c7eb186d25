using System.Text.RegularExpressions;
using HeroOnboarding.Tests.Admin;
using HeroOnboarding.Tests.Stores;
using HeroOnboarding.Tests.Support;

namespace HeroOnboarding.Tests.Web;

/// <summary>
/// Every refusal on a page shows a trace id and where to get help; the header shows who is signed in.
/// </summary>
public sealed partial class WhereToGetHelp
{
    private const string Support = "https://help.example.org/?a=1&b=2";
    private const string Id = "0123456789abcdef0123456789abcdef";
    private static readonly Dictionary<string, string?> Links = new() { ["SUPPORT_URL"] = Support };

    [Fact]
    public async Task Every_refusal_of_the_catalogue_says_so_where_its_form_comes_back()
    {
        await using var portal = await Portal.StartAsync(Db.Sqlite, Portal.Machines(1), Links);
        var asha = await portal.SignUpAsync("asha");
        using var operators = await portal.OperatorAsync();
        foreach (var refusal in DeclaredRefusals.All)
        foreach (
            var page in new[]
            {
                await asha.Browser.OpenAsync($"/credit?refused={refusal.Code}&trace={Id}"),
                await operators.OpenAsync($"/admin/jobs?refused={refusal.Code}&trace={Id}"),
            }
        )
        {
            var alert = Alert().Match(page.Expect(200).Body).Value;
            Assert.Contains(refusal.Title, Markup.Text(alert), StringComparison.Ordinal);
            ExpectHelp(alert);
        }
        Assert.DoesNotMatch(Alert(), (await asha.Browser.OpenAsync("/credit?refused=nothing.known")).Body);
    }

    [Theory]
    [InlineData("/nothing", 404)]
    [InlineData("/receipts/2026-000001", 404)]
    [InlineData("/login/forge/start", 503)]
    [InlineData("/login/switch", 400)]
    public async Task A_refusal_that_is_a_whole_page_says_so_too_and_who_is_signed_in(string path, int status)
    {
        await using var portal = await Portal.StartAsync(Db.Sqlite, Portal.Machines(1), Links);
        var asha = await portal.SignUpAsync("asha");
        var page = (await asha.Browser.OpenAsync(path)).Expect(status).Body;
        ExpectHelp(page);
        Assert.Contains("<span>asha</span>", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task So_do_a_bug_and_an_operators_refusal_and_a_form_that_is_too_old()
    {
        await using var portal = await Portal.StartAsync(Db.Sqlite, Portal.Machines(1), Links);
        var asha = await portal.SignUpWithPlanAsync("asha");
        using var operators = await portal.OperatorAsync();
        ExpectHelp((await operators.OpenAsync("/admin/users?sort=x")).Expect(422).Body);
        ExpectHelp(
            (await asha.Browser.PostFormAsync("/vm/allocate", new Dictionary<string, string>())).Expect(400).Body
        );
        portal.Crash.Hook = (_, _) => throw new InvalidTimeZoneException();
        ExpectHelp((await asha.Browser.SubmitAsync("/dashboard", "/vm/allocate")).Expect(500).Body);
        portal.Crash.Hook = null;
    }

    [Fact]
    public async Task Without_a_support_address_the_trace_is_there_all_the_same()
    {
        await using var portal = await Portal.StartAsync(Db.Sqlite);
        var page = (await portal.Browser().OpenAsync("/nothing")).Expect(404).Body;
        Assert.Matches(Trace(), page);
        Assert.DoesNotContain("Contact support", page, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("asha", null, "asha")]
    [InlineData("asha", "5f2:81a0:44:1:9c1e:77:2:9c1e", "asha …9c1e")]
    [InlineData(null, "5f2:81a0:44:1:9c1e:77:2:9c1e", "…9c1e")]
    public async Task The_header_shows_the_name_and_the_last_four_of_the_address(
        string? login,
        string? address,
        string shown
    )
    {
        await using var portal = await Portal.StartAsync(Db.Sqlite);
        var asha = await portal.SignUpAsync("somebody");
        await portal.AcceptsAsync(
            "UPDATE accounts SET forge_login = NULLIF({0}, ''), mycelium_address = NULLIF({1}, '')",
            login ?? "",
            address ?? ""
        );
        foreach (var path in new[] { "/dashboard", "/plans", "/nothing" })
            Assert.Equal(shown, Markup.Text(Who().Match((await asha.Browser.OpenAsync(path)).Body).Groups[1].Value));
    }

    private static void ExpectHelp(string html)
    {
        Assert.Contains(
            $"href=\"{Support.Replace("&", "&amp;", StringComparison.Ordinal)}\"",
            html,
            StringComparison.Ordinal
        );
        Assert.Matches(Trace(), html);
    }

    [GeneratedRegex("<div class=\"alert bad\" role=\"alert\">.*?</div>", RegexOptions.Singleline)]
    private static partial Regex Alert();

    [GeneratedRegex("(?i)trace <span class=\"mono\">[0-9a-zA-Z:.-]{8,}</span>")]
    private static partial Regex Trace();

    [GeneratedRegex("<div class=\"who\">\\s*<span[^>]*>(.*?)</span>", RegexOptions.Singleline)]
    private static partial Regex Who();
}
