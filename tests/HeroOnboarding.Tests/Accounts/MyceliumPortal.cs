using HeroOnboarding.Simulators.Mycelium;
using HeroOnboarding.Tests.Support;
using Microsoft.Extensions.Time.Testing;

namespace HeroOnboarding.Tests.Accounts;

/// <summary>A portal and a simulated Mycelium overlay with one clock, and the steps of people at their nodes.</summary>
public sealed class MyceliumPortal : IAsyncDisposable
{
    private MyceliumPortal(Portal portal, MyceliumSimulator net) => (Portal, Net) = (portal, net);

    public Portal Portal { get; }
    public MyceliumSimulator Net { get; }

    public static async Task<MyceliumPortal> StartAsync(
        Db db = Db.Sqlite,
        string? pool = null,
        IReadOnlyDictionary<string, string?>? environment = null
    )
    {
        var clock = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        var net = await MyceliumSimulator.StartAsync(new MyceliumOptions { Time = clock });
        var settings = new Dictionary<string, string?>(
            environment ?? new Dictionary<string, string?>(),
            StringComparer.Ordinal
        )
        {
            ["MYCELIUM_API_URL"] = net.Portal.Address.ToString(),
        };
        var portal = await Portal.StartAsync(db, pool ?? Portal.Machines(3), settings, clock: clock);
        portal.Wire.Allow(net.Portal.Address);
        return new(portal, net);
    }

    /// <summary>Asks for a code by the form of the sign-in page.</summary>
    /// <returns>The page where it is entered.</returns>
    public static async Task<string> AskAsync(Browser browser, string address, string start = "/login") =>
        (await browser.SubmitAsync(start, "/login/challenge", new Dictionary<string, string> { ["address"] = address }))
            .Expect(303)
            .Location!;

    /// <summary>The newest message at a node.</summary>
    public string Message(string person = "asha")
    {
        return Net.Node(person).Inbox[^1].Text;
    }

    /// <summary>The code in the newest message.</summary>
    public string Code(string person = "asha") =>
        Message(person).Split('\n').Single(line => line.Length == 32 && line.All(char.IsAsciiHexDigit));

    public static Task<Reply> EnterAsync(Browser browser, string page, string code) =>
        browser.SubmitAsync(page, "/login/verify", new Dictionary<string, string> { ["nonce"] = code });

    /// <summary>A whole sign-in.</summary>
    public async Task<Browser> SignInAsync(string person = "asha", Browser? browser = null)
    {
        browser ??= Portal.Browser();
        var page = await AskAsync(browser, Net.Node(person).IpAddress);
        (await EnterAsync(browser, page, Code(person))).Expect(303);
        // Moves time so that further codes for this customer stay below the limit of one minute.
        Portal.Clock.Advance(TimeSpan.FromSeconds(61));
        return browser;
    }

    /// <summary>Asks as a program does.</summary>
    public Task<Reply> ChallengeAsync(Browser browser, string person = "asha") =>
        browser.SendAsync(HttpMethod.Post, "/login/challenge", new { address = Net.Node(person).IpAddress });

    public static Task<Reply> VerifyAsync(Browser browser, string token, string nonce) =>
        browser.SendAsync(HttpMethod.Post, "/login/verify", new { challenge_token = token, nonce });

    public async ValueTask DisposeAsync()
    {
        await Portal.DisposeAsync();
        await Net.DisposeAsync();
    }
}
