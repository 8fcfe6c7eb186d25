using HeroOnboarding.Web;

namespace HeroOnboarding.Tests.Accounts;

public sealed class ReturnUrls
{
    /// <summary>What may stand in return_url, and where it leads.</summary>
    public static TheoryData<string, string> Wishes { get; } =
        new()
        {
            { "/plans", "/plans" },
            { "/plans?plan=vms-10&x=1", "/plans?plan=vms-10&x=1" },
            { "/", "/" },
            { "/machines/дом", "/machines/%D0%B4%D0%BE%D0%BC" },
            { "", "/dashboard" },
            { "//evil.example", "/dashboard" },
            { "/\\evil.example", "/dashboard" },
            { "\\\\evil.example", "/dashboard" },
            { "/a\\..\\..\\evil", "/dashboard" },
            { "https://evil.example/", "/dashboard" },
            { "javascript:alert(1)", "/dashboard" },
            { "dashboard", "/dashboard" },
            { " /plans", "/dashboard" },
            { "/\t/evil.example", "/dashboard" },
            { "/plans\r\nSet-Cookie: a=b", "/dashboard" },
            { "/plans\0", "/dashboard" },
            { "/" + new string('a', 3000), "/dashboard" },
        };

    [Fact]
    public async Task People_come_back_to_the_local_page_they_wanted_and_never_to_another_site()
    {
        await using var at = await ForgePortal.StartAsync(
            environment: new Dictionary<string, string?> { ["RATE_SIGNINS_PER_MINUTE"] = "1000" }
        );
        foreach (var (wish, expected) in Wishes.Select(w => (w.Data.Item1, w.Data.Item2)))
        {
            var browser = at.Portal.Browser();
            var callback = await at.AgreeAsync(
                browser,
                start: "/login/forge/start?return_url=" + Uri.EscapeDataString(wish)
            );
            Assert.Equal(expected, (await ForgePortal.GetAsync(browser, callback)).Expect(303).Location);
        }
    }

    [Fact]
    public async Task Two_return_urls_are_none()
    {
        await using var at = await ForgePortal.StartAsync();
        var browser = at.Portal.Browser();
        var callback = await at.AgreeAsync(
            browser,
            start: "/login/forge/start?return_url=/plans&return_url=//evil.example"
        );
        Assert.Equal("/dashboard", (await ForgePortal.GetAsync(browser, callback)).Expect(303).Location);
    }

    [Theory]
    [InlineData("/plans", true)]
    [InlineData("//evil", false)]
    [InlineData("/\u0085x", false)]
    [InlineData(null, false)]
    public void Only_paths_of_this_site_are_local(string? path, bool local) =>
        Assert.Equal(local, Http.LocalPath(path) is not null);
}
