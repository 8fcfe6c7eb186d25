using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace HeroOnboarding.Tests.Support;

/// <summary>An answer.</summary>
public sealed partial record Reply(HttpStatusCode Status, string Body, HttpResponseMessage Response, Uri At)
{
    public JsonElement Json => JsonDocument.Parse(Body).RootElement;

    /// <summary>The refusal's code, or null.</summary>
    public string? Code =>
        Response.Content.Headers.ContentType?.MediaType == "application/problem+json"
            ? Json.GetProperty("code").GetString()
            : null;

    /// <summary>Where the browser is sent, without the trace id of a refused form, which is another one each
    /// time.</summary>
    public string? Location => Redirect is { } to ? RefusedTrace().Replace(to, "") : null;

    /// <summary>Where the browser is sent, as it was sent.</summary>
    public string? Redirect => Response.Headers.Location?.OriginalString;

    public Reply Expect(int status)
    {
        Assert.True(
            (int)Status == status,
            $"Expected {status}, got {(int)Status} at {At}: {(Body.Length > 2000 ? Body[..2000] : Body)} {Location}"
        );
        return this;
    }

    public Reply ExpectRefusal(Refusal refusal)
    {
        Assert.Equal(refusal.Code, Code);
        return Expect(refusal.Status);
    }

    public string Text(string member) => Json.GetProperty(member).GetString()!;

    public long Number(string member) => Json.GetProperty(member).GetInt64();

    [GeneratedRegex("(?<=[?&]refused=[a-z_.]+)&trace=[0-9a-f]{32}(?=&|$)")]
    private static partial Regex RefusedTrace();
}

/// <summary>One browser: cookies, redirects by hand, forms as a page shows them.</summary>
public sealed partial class Browser(HttpMessageHandler portal) : IDisposable
{
    private readonly HttpMessageInvoker toPortal = new(portal);
    private readonly HttpMessageInvoker outside = new(
        new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            UseProxy = false,
        }
    );

    public CookieContainer Cookies { get; } = new();

    public void SetCookie(Uri at, string name, string value) =>
        Cookies.Add(at, new Cookie(name, value, "/") { Secure = at.Scheme == "https" });

    /// <summary>Like a program of our own pages: JSON with our Origin.</summary>
    public Task<Reply> SendAsync(
        HttpMethod method,
        string path,
        object? body = null,
        string? adminSecret = null,
        IReadOnlyDictionary<string, string>? headers = null
    ) =>
        SendRawAsync(
            method,
            path,
            body is null ? null : JsonSerializer.Serialize(body, HeroOnboarding.Common.Json.Options),
            adminSecret,
            headers
        );

    public Task<Reply> SendRawAsync(
        HttpMethod method,
        string path,
        string? json,
        string? adminSecret = null,
        IReadOnlyDictionary<string, string>? headers = null,
        string contentType = "application/json"
    )
    {
        var request = new HttpRequestMessage(method, new Uri(Portal.Base, path));
        request.Headers.TryAddWithoutValidation("Accept", "application/json");
        if (method != HttpMethod.Get)
            request.Headers.TryAddWithoutValidation("Origin", Portal.Base.GetLeftPart(UriPartial.Authority));
        if (adminSecret is not null)
            request.Headers.TryAddWithoutValidation("X-Hero-Onboarding-Admin-Secret", adminSecret);
        foreach (var (name, value) in headers ?? new Dictionary<string, string>())
        {
            request.Headers.Remove(name);
            request.Headers.TryAddWithoutValidation(name, value);
        }
        if (json is not null)
        {
            request.Content = new StringContent(json, Encoding.UTF8);
            request.Content.Headers.ContentType =
                contentType.Length == 0 ? null : System.Net.Http.Headers.MediaTypeHeaderValue.Parse(contentType);
        }
        return SendAsync(request);
    }

    /// <summary>Opens a page as a person would, following redirects also to other sites.</summary>
    public async Task<Reply> OpenAsync(string url)
    {
        var at = new Uri(Portal.Base, url);
        for (var hops = 0; hops < 12; hops++)
        {
            var request = new HttpRequestMessage(HttpMethod.Get, at);
            request.Headers.TryAddWithoutValidation("Accept", "text/html");
            var reply = await SendAsync(request);
            if ((int)reply.Status is not (301 or 302 or 303 or 307))
                return reply;
            at = new Uri(at, reply.Redirect!);
        }
        throw new InvalidOperationException("Too many redirects: " + url);
    }

    /// <summary>
    /// Opens a page and sends one of its forms, chosen by its action; not following the answer's redirect.
    /// </summary>
    public async Task<Reply> SubmitAsync(string page, string action, IReadOnlyDictionary<string, string>? fields = null)
    {
        var html = (await OpenAsync(page)).Expect(200).Body;
        var form =
            Forms()
                .Matches(html)
                .Select(m => m.Value)
                .FirstOrDefault(f =>
                    f.Contains($"action=\"{action}\"", StringComparison.Ordinal)
                    && (
                        fields is null
                        || fields.All(x =>
                            !x.Key.StartsWith('=') || f.Contains($"value=\"{x.Value}\"", StringComparison.Ordinal)
                        )
                    )
                )
            ?? throw new InvalidOperationException($"No form to {action} on {page}");
        var values = Inputs()
            .Matches(form)
            .Select(m => m.Value)
            .Where(i =>
                Attribute(i, "name") is not null
                && !i.Contains("type=\"submit\"", StringComparison.Ordinal)
                && !(
                    i.Contains("type=\"checkbox\"", StringComparison.Ordinal)
                    && !i.Contains("checked", StringComparison.Ordinal)
                )
            )
            .GroupBy(i => Attribute(i, "name")!)
            .ToDictionary(g => g.Key, g => WebUtility.HtmlDecode(Attribute(g.First(), "value") ?? "on"));
        foreach (var (name, value) in fields ?? new Dictionary<string, string>())
            values[name.TrimStart('=')] = value;
        return await PostFormAsync(action, values);
    }

    public Task<Reply> PostFormAsync(
        string action,
        IReadOnlyDictionary<string, string> values,
        IReadOnlyDictionary<string, string>? headers = null
    )
    {
        var request = new HttpRequestMessage(HttpMethod.Post, new Uri(Portal.Base, action))
        {
            Content = new FormUrlEncodedContent(values),
        };
        request.Headers.TryAddWithoutValidation("Accept", "text/html");
        request.Headers.TryAddWithoutValidation("Origin", Portal.Base.GetLeftPart(UriPartial.Authority));
        foreach (var (name, value) in headers ?? new Dictionary<string, string>())
            request.Headers.TryAddWithoutValidation(name, value);
        return SendAsync(request);
    }

    public async Task<Reply> SendAsync(HttpRequestMessage request)
    {
        var at = request.RequestUri!;
        if (Cookies.GetCookieHeader(at) is { Length: > 0 } cookies)
            request.Headers.TryAddWithoutValidation("Cookie", cookies);
        var response = await (at.Authority == Portal.Base.Authority ? toPortal : outside).SendAsync(
            request,
            CancellationToken.None
        );
        if (response.Headers.TryGetValues("Set-Cookie", out var set))
            foreach (var cookie in set)
                Cookies.SetCookies(at, cookie);
        var body = await response.Content.ReadAsStringAsync();
        if (at.Authority == Portal.Base.Authority)
            ApiDescription.Expect(request.Method, at.AbsolutePath, response, body);
        return new Reply(response.StatusCode, body, response, at);
    }

    public void Dispose()
    {
        toPortal.Dispose();
        outside.Dispose();
    }

    private static string? Attribute(string tag, string name) =>
        Regex.Match(tag, $"\\b{name}=\"([^\"]*)\"") is { Success: true } m ? m.Groups[1].Value : null;

    [GeneratedRegex("<form\\b.*?</form>", RegexOptions.Singleline)]
    private static partial Regex Forms();

    [GeneratedRegex("<(input|button|textarea|select)\\b[^>]*>", RegexOptions.Singleline)]
    private static partial Regex Inputs();
}
