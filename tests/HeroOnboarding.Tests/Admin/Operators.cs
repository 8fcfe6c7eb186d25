using HeroOnboarding.Tests.Support;

namespace HeroOnboarding.Tests.Admin;

/// <summary>What operators do in these tests.</summary>
internal static class Operators
{
    /// <summary>A browser in which somebody has signed in with the shared secret and this name.</summary>
    public static async Task<Browser> OperatorAsync(this Portal portal, string name = "Neema")
    {
        var browser = portal.Browser();
        var reply = await browser.SubmitAsync(
            "/admin/login",
            "/admin/login",
            new Dictionary<string, string> { ["secret"] = Portal.AdminSecret, ["name"] = name }
        );
        Assert.Equal("/admin", reply.Expect(303).Location);
        return browser;
    }

    /// <summary>Rows of the audit for an act, as "actor subject", oldest first.</summary>
    public static async Task<IReadOnlyList<string>> AuditOfAsync(this Portal portal, string act)
    {
        var rows = (await portal.AdminAsync(HttpMethod.Get, "/admin/list-audit?size=200&act=" + act))
            .Expect(200)
            .Json.GetProperty("rows");
        return
        [
            .. rows.EnumerateArray()
                .Reverse()
                .Select(r =>
                    r.GetProperty("actor").GetString()
                    + " "
                    + (r.TryGetProperty("subject", out var s) ? s.GetString() : "-")
                ),
        ];
    }

    /// <summary>All rows of a list, walked page by page; the values of one member.</summary>
    public static async Task<IReadOnlyList<string>> WalkAsync(this Portal portal, string list, string member, int size)
    {
        var seen = new List<string>();
        string? after = null;
        do
        {
            var sign = list.Contains('?', StringComparison.Ordinal) ? '&' : '?';
            var page = (
                await portal.AdminAsync(
                    HttpMethod.Get,
                    $"{list}{sign}size={size}" + (after is null ? "" : "&after=" + after)
                )
            )
                .Expect(200)
                .Json;
            Assert.InRange(page.GetProperty("rows").GetArrayLength(), after is null ? 0 : 1, size);
            seen.AddRange(page.GetProperty("rows").EnumerateArray().Select(r => r.GetProperty(member).GetString()!));
            after = page.TryGetProperty("next", out var next) ? next.GetString() : null;
        } while (after is not null);
        return seen;
    }

    /// <summary>Creates a machine token; the answer has the token itself as <c>token</c>.</summary>
    /// <param name="scopes">Separated by spaces.</param>
    public static async Task<Reply> CreateTokenAsync(this Portal portal, string name, string scopes, int days = 90) =>
        (
            await portal.AdminPostAsync(
                "/admin/token-create",
                new
                {
                    name,
                    scopes,
                    days,
                }
            )
        ).Expect(201);
}
