using System.IO.Compression;
using System.Text.RegularExpressions;
using HeroOnboarding.Tests.Admin;
using HeroOnboarding.Tests.Support;

namespace HeroOnboarding.Tests.Web;

/// <summary>Static files and pages for visitors are compressed and cached, pages of a session never.</summary>
public sealed partial class Compressed
{
    private const string ForEver = "public, max-age=31536000, immutable";

    [Theory]
    [InlineData("br")]
    [InlineData("gzip")]
    public async Task Files_whose_address_names_their_content_come_compressed_and_are_kept_for_ever(string encoding)
    {
        await using var portal = await Portal.StartAsync(Db.Sqlite);
        var files = await FilesOfAsync(portal.Browser(), "/");
        Assert.Equal(["/icon.svg", "/site.css", "/site.js"], files.Select(NameOf).Order(StringComparer.Ordinal));
        foreach (var file in files)
        {
            var (plain, none) = await GetAsync(portal.Browser(), file, null);
            var (packed, used) = await GetAsync(portal.Browser(), file, encoding);
            Assert.Equal(("", encoding, plain), (none, used, packed));
            var reply = await portal.Browser().SendAsync(Get(file, encoding));
            Assert.Equal(ForEver, reply.Response.Headers.GetValues("Cache-Control").Single());
            Assert.Contains("Accept-Encoding", reply.Response.Headers.Vary);
            var uncompressed = await portal.Browser().SendAsync(Get(file, null));
            Assert.Equal(ForEver, uncompressed.Response.Headers.GetValues("Cache-Control").Single());
        }
    }

    [Fact]
    public async Task Files_under_their_plain_name_are_asked_for_again_and_answered_with_304_while_they_are_the_same()
    {
        await using var portal = await Portal.StartAsync(Db.Sqlite);
        foreach (var file in new[] { "/site.css", "/site.js", "/icon.svg" })
        {
            var first = (await portal.Browser().SendAsync(Get(file, "br"))).Expect(200);
            Assert.Equal("no-cache", first.Response.Headers.GetValues("Cache-Control").Single());
            var request = Get(file, "br");
            request.Headers.IfNoneMatch.Add(first.Response.Headers.ETag!);
            var again = (await portal.Browser().SendAsync(request)).Expect(304);
            Assert.Equal("no-cache", again.Response.Headers.GetValues("Cache-Control").Single());
        }
    }

    [Fact]
    public async Task Every_page_names_files_by_their_content()
    {
        await using var portal = await Portal.StartAsync(Db.Sqlite, Portal.Machines(1));
        var asha = await portal.SignUpWithPlanAsync("asha");
        var admin = await portal.OperatorAsync();
        var pages = new List<string>();
        foreach (var path in new[] { "/", "/login", "/plans", "/nothing-here" })
            pages.Add((await portal.Browser().OpenAsync(path)).Body);
        foreach (var path in new[] { "/dashboard", "/account", "/credit" })
            pages.Add((await asha.Browser.OpenAsync(path)).Expect(200).Body);
        pages.Add((await admin.OpenAsync("/admin")).Expect(200).Body);
        pages.Add((await admin.SubmitAsync("/admin/tokens", "/admin/token-create", NewToken)).Expect(200).Body);
        foreach (var page in pages)
        {
            var files = Files().Matches(page).Select(m => m.Groups[1].Value).ToList();
            Assert.NotEmpty(files);
            foreach (var file in files)
            {
                var reply = (await portal.Browser().SendAsync(Get(file, null))).Expect(200);
                Assert.Equal((file, ForEver), (file, reply.Response.Headers.GetValues("Cache-Control").Single()));
            }
        }
    }

    [Theory]
    [InlineData("br")]
    [InlineData("gzip")]
    public async Task Pages_for_visitors_are_compressed_and_pages_of_a_session_never(string encoding)
    {
        await using var portal = await Portal.StartAsync(Db.Sqlite, Portal.Machines(1));
        var asha = await portal.SignUpWithPlanAsync("asha");
        var visitor = portal.Browser();
        foreach (var path in new[] { "/", "/login", "/plans", "/", "/login", "/plans", "/nothing-here" })
        {
            Assert.Equal((path, encoding), (path, (await GetAsync(visitor, path, encoding)).Encoding));
            Assert.Equal((path, ""), (path, (await GetAsync(asha.Browser, path, encoding)).Encoding));
        }
        foreach (var path in new[] { "/dashboard", "/account", "/credit", "/plan" })
            Assert.Equal((path, ""), (path, (await GetAsync(asha.Browser, path, encoding)).Encoding));
        Assert.Equal("", (await GetAsync(await portal.OperatorAsync(), "/admin", encoding)).Encoding);
        Assert.Equal("", (await GetAsync(visitor, "/health", encoding)).Encoding);
        // An expired session, an operator's session on a public page, and a started sign-in all count as sessions.
        foreach (var cookie in new[] { "__Host-hero", "__Host-hero-operator", "__Host-hero-link", "anything" })
        {
            var somebody = portal.Browser();
            somebody.SetCookie(Portal.Base, cookie, "x");
            Assert.Equal((cookie, ""), (cookie, (await GetAsync(somebody, "/", encoding)).Encoding));
        }
    }

    [Fact]
    public async Task A_compressed_page_reads_as_it_would_have_and_keeps_its_headers()
    {
        await using var portal = await Portal.StartAsync(Db.Sqlite);
        var reply = (await portal.Browser().SendAsync(Get("/plans", "br"))).Expect(200);
        Assert.Equal("no-store", reply.Response.Headers.GetValues("Cache-Control").Single());
        Assert.Equal(["Accept-Encoding", "Cookie"], reply.Response.Headers.Vary.Order(StringComparer.Ordinal));
        Assert.Equal(
            (await portal.Browser().OpenAsync("/plans")).Body,
            (await GetAsync(portal.Browser(), "/plans", "br")).Text
        );
    }

    private static readonly Dictionary<string, string> NewToken = new()
    {
        ["name"] = "files",
        ["scopes"] = "read",
        ["days"] = "1",
    };

    private static HttpRequestMessage Get(string path, string? encoding)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, new Uri(Portal.Base, path));
        request.Headers.Accept.ParseAdd("text/html,*/*");
        if (encoding is not null)
            request.Headers.AcceptEncoding.ParseAdd(encoding);
        return request;
    }

    private static async Task<(string Text, string Encoding)> GetAsync(Browser browser, string path, string? encoding)
    {
        var reply = await browser.SendAsync(Get(path, encoding));
        var used = string.Join(", ", reply.Response.Content.Headers.ContentEncoding);
        await using var sent = await reply.Response.Content.ReadAsStreamAsync();
        sent.Position = 0;
        await using Stream read = used switch
        {
            "br" => new BrotliStream(sent, CompressionMode.Decompress),
            "gzip" => new GZipStream(sent, CompressionMode.Decompress),
            _ => sent,
        };
        return (await new StreamReader(read).ReadToEndAsync(), used);
    }

    private static async Task<IReadOnlyList<string>> FilesOfAsync(Browser browser, string page) =>
        [
            .. Files()
                .Matches((await browser.OpenAsync(page)).Expect(200).Body)
                .Select(m => m.Groups[1].Value)
                .Distinct(),
        ];

    private static string NameOf(string file) => Fingerprint().Replace(file, "");

    [GeneratedRegex(@"<(?:link|script|img)\b[^>]*?(?:href|src)=""(/[^""]+)""")]
    private static partial Regex Files();

    [GeneratedRegex(@"\.[a-z0-9]{10}(?=\.)")]
    private static partial Regex Fingerprint();
}
