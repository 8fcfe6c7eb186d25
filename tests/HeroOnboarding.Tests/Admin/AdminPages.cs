using HeroOnboarding.Admin.Access;
using HeroOnboarding.Tests.Support;

namespace HeroOnboarding.Tests.Admin;

public sealed class AdminPages
{
    [Theory, BothDatabases]
    public async Task Every_page_answers_an_operator_empty_and_full(Db db)
    {
        await using var portal = await Portal.StartAsync(db);
        using var browser = await portal.OperatorAsync();
        foreach (var page in AdminPaths.Pages)
            (await browser.OpenAsync(page)).Expect(200);
        var (user, lease) = await portal.FillAsync();
        foreach (var page in AdminPaths.Pages.Append("/admin/users/" + user).Append("/admin/allocations/" + lease))
        {
            var body = (await browser.OpenAsync(page)).Expect(200).Body;
            Assert.Contains("<h1>", body, StringComparison.Ordinal);
            Assert.DoesNotContain("style=", body, StringComparison.Ordinal);
            Assert.DoesNotContain("<script>", body, StringComparison.Ordinal);
        }
        foreach (var list in AdminPaths.Lists.Except(AdminPaths.FilledByProviders))
            Assert.NotEqual(
                0,
                (await browser.SendAsync(HttpMethod.Get, list)).Expect(200).Json.GetProperty("rows").GetArrayLength()
            );
    }

    [Fact]
    public async Task Others_are_sent_to_sign_in_and_programs_get_401()
    {
        await using var portal = await Portal.StartAsync(Db.Sqlite);
        var asha = await portal.SignUpAsync("asha");
        foreach (
            var path in AdminPaths
                .Pages.Concat(AdminPaths.Lists)
                .Append("/admin/users/" + asha.Sid)
                .Append("/admin/allocations/" + asha.Sid)
        )
        foreach (var browser in new[] { portal.Browser(), asha.Browser })
        {
            (await browser.SendAsync(HttpMethod.Get, path)).ExpectRefusal(AccessRefusals.AdminSecretRequired);
            var page = (await browser.OpenAsync(path)).Expect(200);
            Assert.Equal("/admin/login", page.At.AbsolutePath);
            Assert.Contains(Uri.EscapeDataString(path), page.At.Query, StringComparison.Ordinal);
        }
        Assert.Empty(await portal.AuditOfAsync("user.view"));
    }

    [Fact]
    public async Task Pages_are_read_only_and_unknown_ones_are_404()
    {
        await using var portal = await Portal.StartAsync(Db.Sqlite);
        foreach (var page in AdminPaths.Pages.Where(p => p != "/admin/pool-preview"))
            (await portal.AdminPostAsync(page, new { })).Expect(405);
        foreach (
            var page in new[]
            {
                "/admin/users/nobody",
                "/admin/users/01KB00Q7000000000000000000",
                "/admin/allocations/x",
                "/admin/allocations/01KB00Q7000000000000000000",
            }
        )
            (await portal.AdminAsync(HttpMethod.Get, page)).ExpectRefusal(Refusals.NotFound);
        Assert.Empty(await portal.AuditOfAsync("user.view"));
    }
}
