using System.Security.Cryptography;
using HeroOnboarding.Accounts;
using HeroOnboarding.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.IdentityModel.Tokens;

namespace HeroOnboarding.Tests.Accounts;

/// <summary>
/// ID tokens that are wrong in their header or signature only, in every flow that ends at the Forge's callback. A
/// well-signed token that was rebuilt in the same way is accepted at the end of each case.
/// </summary>
public sealed class ForgedIdTokens
{
    public static TheoryData<string, string, bool> All =>
        new(
            from flow in new[] { "customer", "operator", "link", "prove" }
            from forgery in new[]
            {
                "alg none",
                "HS256 with client secret",
                "PS256",
                "jwk header",
                "missing kid",
                "signature left out",
            }
            from atHash in new[] { true, false }
            select (flow, forgery, atHash)
        );

    [Theory]
    [MemberData(nameof(All))]
    public async Task A_token_without_an_accepted_signature_of_the_Forge_opens_nothing(
        string flow,
        string forgery,
        bool atHash
    )
    {
        await using var at = await ForgePortal.StartAsync(
            environment: new Dictionary<string, string?> { ["ADMIN_FORGE_USERS"] = "4203:owner" }
        );
        var (browser, start) = await BeginAsync(at, flow);
        Rebuild(at, forgery, atHash);
        var callback = await CallbackAsync(at, browser, flow, start);
        var before = await at.Portal.FactsAsync();
        var reply = (await ForgePortal.GetAsync(browser, callback)).ExpectRefusal(AccountRefusals.SignInFailed);
        Assert.DoesNotContain(reply.Response.Headers.TryGetValues("Set-Cookie", out var set) ? set : [], IsSession);
        Assert.Equal(before, await at.Portal.FactsAsync());

        Rebuild(at, "well signed", atHash);
        var good = (await ForgePortal.GetAsync(browser, await CallbackAsync(at, browser, flow, start))).Expect(303);
        Assert.StartsWith(EndOf(flow), good.Location, StringComparison.Ordinal);
    }

    private static bool IsSession(string cookie) =>
        cookie.StartsWith(Sessions.CookieName(SessionKind.Customer) + "=", StringComparison.Ordinal)
        || cookie.StartsWith(Sessions.CookieName(SessionKind.Operator) + "=", StringComparison.Ordinal);

    private static string EndOf(string flow) =>
        flow switch
        {
            "customer" => "/dashboard",
            "operator" => "/admin",
            "link" => "/account/link?offer=",
            _ => "/account?proven=1",
        };

    /// <summary>The browser as the flow needs it.</summary>
    /// <returns>With the page that leads to the Forge: an address to open, or a form of a page.</returns>
    private static async Task<(Browser Browser, string Start)> BeginAsync(ForgePortal at, string flow)
    {
        at.Forge.Knobs.AuthTime = at.Portal.Now;
        if (flow is "customer" or "operator")
            return (at.Portal.Browser(), flow == "customer" ? "/login/forge/start" : "/admin/login/forge");
        if (flow == "link")
            return (await SignedInByAddressAsync(at.Portal), "/account/link-forge");
        var browser = at.Portal.Browser();
        (await at.SignInAsync(browser)).Expect(200);
        return (browser, "/account/prove-forge");
    }

    private static async Task<Browser> SignedInByAddressAsync(Portal portal)
    {
        var identity = new MyceliumIdentity("548:c783:d7ce:74a3:9ba1:a0cb:ae21:338d");
        var answer = await portal.Services.GetRequiredService<SignIn>().RunAsync(identity, "test");
        var browser = portal.Browser();
        browser.SetCookie(Portal.Base, Sessions.CookieName(SessionKind.Customer), answer.Token);
        return browser;
    }

    private static async Task<string> CallbackAsync(ForgePortal at, Browser browser, string flow, string start)
    {
        var login = flow == "operator" ? "owner" : "asha";
        if (flow is "customer" or "operator")
            return await at.AgreeAsync(browser, login, start);
        var page = flow == "link" ? "/account" : "/account/prove";
        var away = (await browser.SubmitAsync(page, start)).Expect(303).Location!;
        return (await ForgePortal.GetAsync(browser, away + "&sign_in_as=" + login)).Expect(302).Location!;
    }

    /// <summary>From now on the token endpoint answers with this kind of token.</summary>
    private static void Rebuild(ForgePortal at, string kind, bool atHash)
    {
        var (header, sign) = Shape(at, kind);
        at.Portal.Wire.Tamper = (request, response) =>
            request.RequestUri!.AbsolutePath.EndsWith("/access_token", StringComparison.Ordinal)
                ? TokenForgery.ResignAsync(response, header, sign, atHash)
                : Task.CompletedTask;
    }

    /// <summary>
    /// A header and its signature. Only the named part is wrong; the rest is what the Forge itself would send.
    /// </summary>
    private static (string Header, Func<byte[], byte[]> Sign) Shape(ForgePortal at, string kind)
    {
        byte[] Genuine(byte[] text) => at.Forge.Sign(text, RSASignaturePadding.Pkcs1);
        string Header(string alg) => $$"""{"alg":"{{alg}}","kid":"{{at.Forge.KeyId}}","typ":"JWT"}""";
        switch (kind)
        {
            case "alg none":
                return ("""{"alg":"none","typ":"JWT"}""", _ => []);
            case "HS256 with client secret":
                return (Header("HS256"), TokenForgery.WithClientSecret);
            case "PS256":
                return (Header("PS256"), text => at.Forge.Sign(text, RSASignaturePadding.Pss));
            case "jwk header":
                var own = RSA.Create(2048);
                var open = new RsaSecurityKey(own.ExportParameters(false));
                var jwk = JsonWebKeyConverter.ConvertFromRSASecurityKey(open);
                var header = $$"""
                    {"alg":"RS256","kid":"{{at.Forge.KeyId}}","typ":"JWT",
                    "jwk":{"kty":"RSA","n":"{{jwk.N}}","e":"{{jwk.E}}"} }
                    """;
                return (header, text => own.SignData(text, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1));
            case "missing kid":
                return ("""{"alg":"RS256","typ":"JWT"}""", Genuine);
            case "signature left out":
                return (Header("RS256"), _ => []);
            default:
                return (Header("RS256"), Genuine);
        }
    }
}
