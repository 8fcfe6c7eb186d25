using System.Text;
using HeroOnboarding.Tests.Support;

namespace HeroOnboarding.Tests.Web;

/// <summary>A portal, a customer without plan or verification, and what the store held at the start.</summary>
internal sealed class BadInputTarget(Portal portal, Customer customer) : IAsyncDisposable
{
    private string before = "";

    public static async Task<BadInputTarget> StartAsync(Db db)
    {
        // No service listens at this address: bad input is refused before an outgoing call.
        var portal = await Portal.StartAsync(
            db,
            Portal.Machines(3),
            new Dictionary<string, string?> { ["MYCELIUM_API_URL"] = "http://127.0.0.1:9" }
        );
        var target = new BadInputTarget(portal, await portal.SignUpAsync("asha"));
        await target.RememberAsync();
        return target;
    }

    public Portal Portal => portal;

    public string LastError =>
        portal.Log.Lines.LastOrDefault(l => l.StartsWith("Error", StringComparison.Ordinal)) ?? "";

    public async Task RememberAsync() => before = await portal.FactsAsync();

    /// <summary>Lists that were answered have left their access rows; nothing else has come or gone.</summary>
    public async Task ExpectUnchangedAsync() =>
        Assert.Equal(
            before,
            string.Join(
                '\n',
                (await portal.FactsAsync())
                    .Split('\n')
                    .Where(row => !row.Contains(" | act=list.view | ", StringComparison.Ordinal))
            )
        );

    public async Task<Reply> ExpectRefusedAsync(Route route, byte[] body, string type, bool declared = true)
    {
        using var request = Request(route, route.Path, BadInput.Json);
        request.Content = declared ? new ByteArrayContent(body) : new StreamContent(new StreamOfUnknownLength(body));
        if (type.Length > 0)
            request.Content.Headers.TryAddWithoutValidation("Content-Type", type);
        var reply = await customer.Browser.SendAsync(request);
        var ok =
            reply is { Status: >= (System.Net.HttpStatusCode)400 and < (System.Net.HttpStatusCode)500, Code: not null }
            || reply.Location?.Contains("refused=", StringComparison.Ordinal) == true
            // A part that is not set up here refuses whatever is sent.
            || ((int)reply.Status == 503 && reply.Code?.EndsWith(".off", StringComparison.Ordinal) == true)
            || (route.ShowsItsPage && (int)reply.Status == 422);
        Assert.True(
            ok,
            $"{(int)reply.Status} {reply.Location} at {route.Path} for {type} "
                + $"'{Encoding.Latin1.GetString(body, 0, Math.Min(300, body.Length))}': "
                + $"{reply.Body}\n{LastError}"
        );
        return reply;
    }

    public Task<Reply> GetAsync(Route route, string url, string accept) =>
        customer.Browser.SendAsync(Request(route, url, accept));

    public ValueTask DisposeAsync() => portal.DisposeAsync();

    private static HttpRequestMessage Request(Route route, string url, string accept)
    {
        var request = new HttpRequestMessage(new HttpMethod(route.Method), new Uri(Portal.Base, url));
        request.Headers.TryAddWithoutValidation("Accept", accept);
        request.Headers.TryAddWithoutValidation("Origin", "https://localhost");
        if (route.ForOperators)
            request.Headers.TryAddWithoutValidation("X-Hero-Onboarding-Admin-Secret", Portal.AdminSecret);
        return request;
    }
}

/// <summary>A stream without a length, so that the request is sent in chunks.</summary>
internal sealed class StreamOfUnknownLength(byte[] bytes) : MemoryStream(bytes)
{
    public override bool CanSeek => false;
}
