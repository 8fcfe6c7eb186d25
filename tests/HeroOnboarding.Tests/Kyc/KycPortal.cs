using System.Text;
using HeroOnboarding.Accounts;
using HeroOnboarding.Kyc;
using HeroOnboarding.Simulators.Idenfy;
using HeroOnboarding.Tests.Support;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Time.Testing;

namespace HeroOnboarding.Tests.Kyc;

/// <summary>A portal and a simulated iDenfy with one clock; callbacks are sent when the test says so.</summary>
public sealed record KycPortal(Portal Portal, IdenfySimulator Idenfy) : IAsyncDisposable
{
    public const string SigningKey = "signing-key-of-this-test";
    public const string NextKey = "next-signing-key-of-this-test";

    public static async Task<KycPortal> StartAsync(
        Db db,
        string? pool = "[]",
        IReadOnlyDictionary<string, string?>? more = null,
        bool kestrel = false,
        string? signingKey = SigningKey
    )
    {
        var clock = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        var idenfy = await IdenfySimulator.StartAsync(
            new IdenfyOptions
            {
                SigningKey = signingKey,
                Time = clock,
                AutoDeliver = kestrel,
            }
        );
        var settings = new Dictionary<string, string?>(More(idenfy));
        foreach (var (name, value) in more ?? new Dictionary<string, string?>())
            settings[name] = value;
        var portal = await Portal.StartAsync(db, pool, settings, kestrel: kestrel, clock: clock);
        if (!kestrel)
            return Beside(portal, idenfy);
        portal.Wire.Allow(idenfy.Address);
        return new(portal, idenfy);
    }

    /// <summary>Joins the two, where the portal was started with <see cref="More"/>.</summary>
    public static KycPortal Beside(Portal portal, IdenfySimulator idenfy)
    {
        portal.Wire.Allow(idenfy.Address);
        idenfy.PortalClient = new HttpClient(new ToPortal(portal));
        return new(portal, idenfy);
    }

    public static Dictionary<string, string?> More(IdenfySimulator idenfy) =>
        new()
        {
            ["IDENFY_API_URL"] = idenfy.Address.ToString(),
            ["IDENFY_API_KEY"] = "simulated-idenfy-key",
            ["IDENFY_API_SECRET"] = "simulated-idenfy-secret",
            ["IDENFY_WEBHOOK_SECRET"] = SigningKey,
            // The clock stands still between the start and the end of a simulated check.
            ["IDENFY_ENVIRONMENT"] = "dev",
        };

    /// <summary>The newest check at iDenfy.</summary>
    public string Scan => Idenfy.Scans[^1].ScanRef;

    /// <summary>Somebody who has a live link.</summary>
    public async Task<Customer> StartedAsync(string login)
    {
        var customer = await Portal.SignUpAsync(login);
        (await customer.StartKycAsync()).Expect(303);
        return customer;
    }

    /// <summary>The body of a callback about the newest check.</summary>
    /// <param name="final">As it stands in the JSON: true, false, null or anything else.</param>
    public string CallbackBody(string overall, string final, DateTimeOffset? finished = null) =>
        $$"""{"final":{{final}},"status":{"overall":"{{overall}}"}"""
        + $$""","scanRef":"{{Scan}}","clientId":"{{Idenfy.Scans[^1].ClientId}}","finishTime":"""
        + $$"""{{finished?.ToUnixTimeSeconds().ToString() ?? "null"}} }""";

    public async Task SaysAsync(Task<IdenfyCallback> callback) =>
        Assert.Equal(200, await Idenfy.DeliverAsync(await callback));

    public Task<KycSession> SessionAsync(string? scan = null) =>
        Portal.ReadAsync(d => d.KycSessions.SingleAsync(s => s.ScanRef == (scan ?? Scan)));

    public Task<Account> AccountAsync(Customer customer) =>
        Portal.ReadAsync(d => d.Accounts.SingleAsync(a => a.Sid == customer.Sid));

    /// <summary>
    /// Account and newest session as one text: "in_progress/in_progress", with "+review" where an operator has to look.
    /// </summary>
    public Task<string> StateAsync(Customer customer) =>
        Portal.ReadAsync(async d =>
        {
            var account = await d.Accounts.SingleAsync(a => a.Sid == customer.Sid);
            var session = await d
                .KycSessions.Where(s => s.AccountSid == customer.Sid)
                .OrderByDescending(s => s.Sid)
                .FirstOrDefaultAsync();
            Assert.Equal(account.KycStatus == KycStatus.Completed, account.KycVerifiedAt is not null);
            return $"{Names.Of(account.KycStatus)}/"
                + $"{(session is null ? "-" : Names.Of(session.State))}"
                + $"{(session?.NeedsReview == true ? "+review" : "")}";
        });

    public Task<Reply> PostCallbackAsync(string body, string? signature) =>
        PostCallbackAsync(Portal, Encoding.UTF8.GetBytes(body), signature);

    public static Task<Reply> PostCallbackAsync(Portal portal, byte[] body, params string?[] signatures)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, new Uri(Portal.Base, "/webhooks/idenfy"))
        {
            Content = new ByteArrayContent(body),
        };
        request.Content.Headers.ContentType = new("application/json");
        foreach (var signature in signatures)
            if (signature is not null)
                request.Headers.TryAddWithoutValidation("Idenfy-Signature", signature);
        return portal.Browser().SendAsync(request);
    }

    public async ValueTask DisposeAsync()
    {
        await Portal.DisposeAsync();
        await Idenfy.DisposeAsync();
    }
}

internal static class KycCustomers
{
    public static Task<Reply> StartKycAsync(this Customer customer) => customer.PostAsync("/kyc/start", new { });

    public static Task<Reply> ResetKycAsync(this Customer customer) => customer.PostAsync("/kyc/reset", new { });

    /// <summary>What the page says, as text.</summary>
    public static async Task<string> KycPageAsync(this Customer customer, string path = "/kyc") =>
        Markup.Text((await customer.Browser.OpenAsync(path)).Expect(200).Body);
}
