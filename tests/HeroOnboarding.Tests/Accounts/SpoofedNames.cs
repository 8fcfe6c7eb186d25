using System.Text;
using HeroOnboarding.Accounts;
using HeroOnboarding.Pool;
using HeroOnboarding.Tests.Support;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace HeroOnboarding.Tests.Accounts;

public sealed class SpoofedNames
{
    [Theory, BothDatabases]
    public async Task Names_lose_control_and_bidirectional_characters_and_what_is_too_long(Db db)
    {
        await using var portal = await Portal.StartAsync(db);
        (string Given, string? Kept)[] names =
        [
            ("asha\u202egnp.exe", "ashagnp.exe"),
            ("\u2066as\u2069ha\u200f", "asha"),
            ("as\0ha\r\n\t\u0085", "asha"),
            ("<script>alert(1)</script>", "<script>alert(1)</script>"),
            ("  asha  ", "asha"),
            ("\u202e\u202d", null),
            ("", null),
            ("Ĵosé 李雷", "Ĵosé 李雷"),
            (new string('a', 500), new string('a', 80)),
            (new string('a', 79) + "😀😀", new string('a', 79)),
            ("as\u2028ha\u2029", "asha"),
            ("as\u200bha\u2060", "asha"),
        ];
        var signIn = portal.Services.GetRequiredService<SignIn>();
        for (var i = 0; i < names.Length; i++)
        {
            var answer = await signIn.RunAsync(
                new ForgeIdentity("https://forge.test", $"{i}", names[i].Given, "a\0b@c.example\u202e"),
                new string('x', 199) + "😀"
            );
            var account = await portal.ReadAsync(d => d.Accounts.SingleAsync(a => a.Sid == answer.AccountSid));
            Assert.Equal(names[i].Kept, account.ForgeLogin);
            Assert.Equal("ab@c.example", account.Email);
        }
        Assert.All(
            await portal.ReadAsync(d => d.Sessions.Select(s => s.Device!).ToListAsync()),
            d => Assert.Equal(new string('x', 199), d)
        );
    }

    [Theory]
    [InlineData("https://vm.example.org", true)]
    [InlineData("https://vm.example.org:8443/a?b=c#d", true)]
    [InlineData("https://[200:1234::1]/", true)]
    [InlineData("HTTPS://vm.example.org/", true)]
    [InlineData("http://vm.example.org/", false)]
    [InlineData("https://user@vm.example.org/", false)]
    [InlineData("https://user:pass@vm.example.org/", false)]
    [InlineData("https://@vm.example.org/", false)]
    [InlineData("javascript:alert(1)", false)]
    [InlineData("javascript://vm.example.org/%0aalert(1)", false)]
    [InlineData("data:text/html,x", false)]
    [InlineData("file:///etc/passwd", false)]
    [InlineData("ftp://vm.example.org/", false)]
    [InlineData("//vm.example.org/", false)]
    [InlineData("/dashboard", false)]
    [InlineData("vm.example.org", false)]
    [InlineData("https:vm.example.org", false)]
    [InlineData("https:/vm.example.org", false)]
    [InlineData("https:///vm.example.org", false)]
    [InlineData("https://", false)]
    [InlineData(" https://vm.example.org/", false)]
    [InlineData("https://vm.example.org/a b", false)]
    [InlineData("https://vm.example.org/\n", false)]
    [InlineData("https://vm.exa\0mple.org/", false)]
    [InlineData("https://vm.exa\u202emple.org/", false)]
    [InlineData("https://vm.example.org\\@evil.example/", false)]
    [InlineData("https://vm.example.org:99999/", false)]
    public void A_cockpit_is_an_https_address_that_hides_nothing(string url, bool good)
    {
        var text = PoolJson.Parse(
            Encoding.UTF8.GetBytes(
                $$"""[{"id":"a","cockpit_url":{{System.Text.Json.JsonSerializer.Serialize(url)}}}]"""
            ),
            development: false
        );
        Assert.Equal(good, text.Errors.Count == 0);
    }

    [Fact]
    public void A_cockpit_address_has_at_most_2048_characters_and_plain_http_is_for_development()
    {
        var longest = "https://vm.example.org/" + new string('a', 2048 - 23);
        Assert.True(PoolJson.IsSafeUrl(longest, development: false));
        Assert.False(PoolJson.IsSafeUrl(longest + "a", development: false));
        Assert.True(PoolJson.IsSafeUrl("http://127.0.0.1:9931/machines/vm-1", development: true));
        Assert.False(PoolJson.IsSafeUrl("javascript://x/", development: true));
    }
}
