using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using HeroOnboarding.Configuration;
using HeroOnboarding.Vms;
using HeroOnboarding.Web;

namespace HeroOnboarding.Deployer;

/// <summary>Sends notices to the deployer over HTTP, signed according to Standard Webhooks 1.0.0.</summary>
public sealed class HttpDeployer(Outgoing outgoing, DeployerOptions deployer, TimeProvider clock) : IDeployer
{
    internal static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    public Task<DeployerAnswer> AssignAsync(string id, AssignNotice notice, CancellationToken cancel) =>
        PostAsync("/admin/assign-vm", id, notice, cancel);

    public Task<DeployerAnswer> ReleaseAsync(string id, ReleaseNotice notice, CancellationToken cancel) =>
        PostAsync("/admin/release-vm", id, notice, cancel);

    private async Task<DeployerAnswer> PostAsync(string path, string id, object notice, CancellationToken cancel)
    {
        if (!deployer.IsOn)
            throw new InvalidOperationException("DEPLOYER_URL is not set.");
        var body = JsonSerializer.SerializeToUtf8Bytes(notice, notice.GetType(), Json.Options);
        var timestamp = clock.GetUtcNow().ToUnixTimeSeconds();
        using var request = new HttpRequestMessage(
            HttpMethod.Post,
            new Uri(deployer.Url, deployer.Url.AbsolutePath.TrimEnd('/') + path)
        );
        request.Content = new ByteArrayContent(body)
        {
            Headers = { ContentType = new MediaTypeHeaderValue("application/json") },
        };
        request.Headers.Add("webhook-id", id);
        request.Headers.Add("webhook-timestamp", timestamp.ToString(CultureInfo.InvariantCulture));
        request.Headers.Add("webhook-signature", Sign(deployer.Secret, id, timestamp, body));
        using var patience = new CancellationTokenSource(Patience, clock);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel, patience.Token);
        using var client = outgoing.Client();
        using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, limit.Token);
        return Read(response);
    }

    private static DeployerAnswer Read(HttpResponseMessage response) =>
        response.StatusCode switch
        {
            HttpStatusCode.OK => new DeployerAnswer.Finished(),
            // Only 200 means "wiped"; any other success means "accepted".
            >= HttpStatusCode.OK and < HttpStatusCode.MultipleChoices => new DeployerAnswer.Accepted(),
            HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests or >= HttpStatusCode.InternalServerError =>
                new DeployerAnswer.TryLater(
                    $"Answered {(int)response.StatusCode}.",
                    response.Headers.RetryAfter?.Delta
                ),
            _ => new DeployerAnswer.Refused($"Answered {(int)response.StatusCode}; redirects are not followed."),
        };

    /// <summary>
    /// HMAC-SHA256 over <c>id.timestamp.body</c> with the base64-decoded secret, as <c>v1,base64</c>
    /// (Standard Webhooks 1.0.0).
    /// </summary>
    public static string Sign(Secret secret, string id, long timestamp, ReadOnlySpan<byte> body)
    {
        var key = Convert.FromBase64String(secret.Reveal()["whsec_".Length..]);
        byte[] content =
        [
            .. Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{id}.{timestamp}.")),
            .. body,
        ];
        return "v1," + Convert.ToBase64String(HMACSHA256.HashData(key, content));
    }
}
