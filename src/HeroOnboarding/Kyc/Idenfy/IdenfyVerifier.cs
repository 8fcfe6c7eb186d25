using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using HeroOnboarding.Web;

namespace HeroOnboarding.Kyc.Idenfy;

/// <summary>
/// Requests a link from iDenfy: <c>POST /api/v2/token</c> with HTTP Basic and JSON (iDenfy documentation, "Generate
/// token"). The key determines the environment. iDenfy has no idempotency keys, so a lost answer costs a second token.
/// </summary>
public sealed partial class IdenfyVerifier(
    Outgoing outgoing,
    IdenfyOptions idenfy,
    PortalOptions portal,
    TimeProvider clock
) : IVerifier
{
    public const string ProviderName = "idenfy";

    /// <summary>How long an unused link can be opened.</summary>
    internal static readonly TimeSpan LinkLife = TimeSpan.FromHours(24);

    /// <summary>How long a check may take after its link was opened; iDenfy allows at most 3,600 seconds.</summary>
    internal static readonly TimeSpan SessionLength = TimeSpan.FromMinutes(30);

    internal static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly IdenfyOptions idenfy = idenfy.IsOn
        ? idenfy
        : throw new InvalidOperationException("IDENFY_API_KEY is not set.");

    public string Name => ProviderName;

    public string DisplayName => "iDenfy";

    public bool MakesUpResults => idenfy.DummyStatus is not null;

    public bool IsItsPage(Uri page) => idenfy.FormTargets.Contains(page.GetLeftPart(UriPartial.Authority));

    public async Task<VerificationStart> StartAsync(KycSession session, CancellationToken cancel)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(idenfy.ApiUrl, "/api/v2/token"));
        request.Headers.Authorization = new(
            "Basic",
            Convert.ToBase64String(Encoding.UTF8.GetBytes($"{idenfy.ApiKey!.Reveal()}:{idenfy.ApiSecret!.Reveal()}"))
        );
        request.Headers.Accept.Add(new("application/json"));
        request.Content = new ByteArrayContent(JsonSerializer.SerializeToUtf8Bytes(Body(session)))
        {
            Headers = { ContentType = new MediaTypeHeaderValue("application/json") },
        };
        using var patience = new CancellationTokenSource(Patience, clock);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel, patience.Token);
        using var client = outgoing.Client();
        try
        {
            using var response = await client.SendAsync(request, limit.Token);
            return Read(response, await response.Content.ReadAsByteArrayAsync(limit.Token));
        }
        catch (Exception e)
            when (!cancel.IsCancellationRequested
                && e is HttpRequestException or OperationCanceledException or IOException
            )
        {
            return new VerificationStart.TryLater(
                e is OperationCanceledException ? "No answer in time." : "The connection failed.",
                null
            );
        }
    }

    private Dictionary<string, object> Body(KycSession session)
    {
        var back = portal.Link("/kyc/return");
        var body = new Dictionary<string, object>
        {
            ["clientId"] = session.ClientId,
            ["externalRef"] = session.Sid,
            ["successUrl"] = back,
            ["errorUrl"] = back,
            ["unverifiedUrl"] = back,
            ["callbackUrl"] = portal.Link("/webhooks/idenfy"),
            ["expiryTime"] = (int)LinkLife.TotalSeconds,
            ["sessionLength"] = (int)SessionLength.TotalSeconds,
        };
        if (idenfy.DummyStatus is { } status)
            body["dummyStatus"] = status;
        return body;
    }

    private VerificationStart Read(HttpResponseMessage response, byte[] body) =>
        response.StatusCode switch
        {
            >= HttpStatusCode.OK and < HttpStatusCode.MultipleChoices => Started(body),
            HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests or >= HttpStatusCode.InternalServerError =>
                new VerificationStart.TryLater(
                    $"Answered {(int)response.StatusCode}.",
                    WaitOf(response.Headers.RetryAfter)
                ),
            _ => new VerificationStart.Refused(
                $"Answered {(int)response.StatusCode} {IdentifierOf(body)}".TrimEnd() + "."
            ),
        };

    private TimeSpan? WaitOf(RetryConditionHeaderValue? after) => after?.Delta ?? after?.Date - clock.GetUtcNow();

    /// <summary>An unreadable answer is treated as a lost one: iDenfy may or may not have created an attempt.</summary>
    private VerificationStart Started(byte[] body)
    {
        try
        {
            using var document = JsonDocument.Parse(body);
            var reply = document.RootElement;
            if (Text(reply, "scanRef") is not { } scanRef || !Reference().IsMatch(scanRef))
                return new VerificationStart.TryLater("Answered without a scanRef.", null);
            var life =
                reply.TryGetProperty("expiryTime", out var seconds)
                && seconds.ValueKind == JsonValueKind.Number
                && seconds.TryGetInt32(out var given)
                && given > 0
                    ? TimeSpan.FromSeconds(given)
                    : LinkLife;
            if (idenfy.DummyStatus is not null)
                return new VerificationStart.Started(scanRef, null, life);
            return PageOf(reply) is { } page
                ? new VerificationStart.Started(scanRef, page, life)
                : new VerificationStart.TryLater("Answered without an authToken.", null);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return new VerificationStart.TryLater("Answered something unreadable.", null);
        }
    }

    /// <summary>
    /// The page that the answer names if it is at one of iDenfy's origins; else the documented address with the token.
    /// </summary>
    private Uri? PageOf(JsonElement reply)
    {
        if (
            Uri.TryCreate(Text(reply, "redirectUrl"), UriKind.Absolute, out var page)
            && page.UserInfo.Length == 0
            && IsItsPage(page)
        )
            return page;
        return Text(reply, "authToken") is { } token && Reference().IsMatch(token)
            ? new Uri(idenfy.ApiUrl, "/api/v2/redirect?authToken=" + token)
            : null;
    }

    private static string? IdentifierOf(byte[] body)
    {
        try
        {
            using var document = JsonDocument.Parse(body);
            return Text(document.RootElement, "identifier") is { } word && IdenfyCallback.Code().IsMatch(word)
                ? word
                : null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    private static string? Text(JsonElement json, string member) =>
        json.TryGetProperty(member, out var value) && value.ValueKind == JsonValueKind.String
            ? value.GetString()
            : null;

    [GeneratedRegex(@"^[A-Za-z0-9_-]{1,64}\z")]
    internal static partial Regex Reference();
}
