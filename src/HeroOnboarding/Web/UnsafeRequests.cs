using Microsoft.AspNetCore.Antiforgery;

namespace HeroOnboarding.Web;

/// <summary>
/// The filter in front of everything that changes something. Forms need the antiforgery token, also from anonymous
/// clients; any other request must be JSON sent by the portal's own pages. Programs with a secret in a header carry no
/// cookie and are exempt. The rate limit follows.
/// </summary>
internal sealed class UnsafeRequests(
    RequestDelegate next,
    IAntiforgery antiforgery,
    RateLimits rates,
    RateLimitOptions limits,
    PortalOptions portal,
    LogThrottle throttle,
    ILogger<UnsafeRequests> log
)
{
    public async Task InvokeAsync(HttpContext http)
    {
        var endpoint = http.GetEndpoint();
        if (endpoint is not RouteEndpoint || !http.Request.IsUnsafe())
            await next(http);
        else if (await RunAsync(http, endpoint) is { } refusal)
            await Problems.WriteAsync(http, refusal);
    }

    private async Task<Refusal?> RunAsync(HttpContext http, Endpoint endpoint)
    {
        var machine =
            http.User.HasClaim(c => c.Type == ClaimNames.Machine)
            || endpoint.Metadata.GetMetadata<NotForBrowsers>() is not null;
        if (!machine && await CheckSourceAsync(http) is { } foreign)
        {
            Warn(http, foreign);
            return foreign;
        }
        if (endpoint.Metadata.GetMetadata<RateLimit>() is not { } limit)
        {
            await next(http);
            return null;
        }
        var who = http.User.IsCustomer() ? http.User.AccountSid() : http.ClientKey();
        return await rates.RunAsync(http, $"{limit.Name}:{who}", limit.PerMinute(limits), next);
    }

    /// <summary>
    /// Logs at most one warning per minute and code, with the number, since any client can send such requests.
    /// </summary>
    private void Warn(HttpContext http, Refusal refusal)
    {
        if (throttle.Take("source " + refusal.Code, TimeSpan.FromMinutes(1)) is > 0 and var count)
            log.LogWarning(
                "Requests from outside our own pages: {Count} refused with {Code} since the last such "
                    + "line, this one to {Route}",
                count,
                refusal.Code,
                RefusalLog.RouteOf(http)
            );
    }

    private async Task<Refusal?> CheckSourceAsync(HttpContext http)
    {
        if (http.Request.HasFormContentType)
        {
            await http.FormAsync();
            return await antiforgery.IsRequestValidAsync(http) ? null : Refusals.AntiforgeryRequired;
        }
        if (!http.Request.HasJsonContentType())
            return Refusals.MediaType;
        var site = http.Request.Headers["Sec-Fetch-Site"].ToString();
        var origin = http.Request.Headers.Origin.ToString();
        return site == "same-origin" || (site.Length == 0 && origin == portal.Origin) ? null : Refusals.OriginRequired;
    }
}

/// <summary>Limits the body before authentication or the route reads it.</summary>
internal sealed class BodyLimits(RequestDelegate next)
{
    public Task InvokeAsync(HttpContext http)
    {
        var most = http.GetEndpoint()?.Metadata.GetMetadata<BodyLimit>()?.Bytes ?? BodyLimit.Form;
        http.Request.Body = new LimitedBody(http.Request.Body, http.Request.ContentLength, most);
        return next(http);
    }
}

/// <summary>
/// A request body that ends with 413 where it exceeds its limit, whether its length was declared or not.
/// </summary>
internal sealed class LimitedBody(Stream inner, long? declared, long most) : Stream
{
    private long seen;

    public override bool CanRead => true;
    public override bool CanSeek => false;
    public override bool CanWrite => false;
    public override long Length => throw new NotSupportedException();
    public override long Position
    {
        get => seen;
        set => throw new NotSupportedException();
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (declared > most)
            throw TooLarge();
        var read = await inner.ReadAsync(buffer, cancellationToken);
        return (seen += read) > most ? throw TooLarge() : read;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) =>
        throw new NotSupportedException("Bodies are read asynchronously.");

    public override void Flush() { }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    private BadHttpRequestException TooLarge() =>
        new($"At most {most:N0} bytes are accepted here.", StatusCodes.Status413PayloadTooLarge);
}
