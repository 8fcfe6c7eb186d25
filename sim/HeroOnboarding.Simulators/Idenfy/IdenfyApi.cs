using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace HeroOnboarding.Simulators.Idenfy;

/// <summary>
/// The API for a partner's server: tokens and states. Invalid calls are refused before the script of answers is used.
/// </summary>
internal sealed class IdenfyApi(IdenfyOptions options, IdenfyScans scans, CancellationToken stopping)
{
    private readonly Lock gate = new();
    private readonly List<IdenfyCall> calls = [];

    public IReadOnlyList<IdenfyCall> Calls
    {
        get
        {
            lock (gate)
                return [.. calls];
        }
    }

    /// <summary>Refuses, or answers with the result of <paramref name="handled"/>.</summary>
    public async Task ReceiveAsync(
        HttpContext http,
        IdenfyAnswers answers,
        Func<JsonElement, IdenfyError?> refusal,
        Func<JsonElement, JsonObject> handled
    )
    {
        using var buffer = new MemoryStream();
        await http.Request.Body.CopyToAsync(buffer, http.RequestAborted);
        var raw = buffer.ToArray();
        var authorized = IsAuthorized(http.Request);
        var (body, malformed) = Parse(raw);
        var error = authorized
            ? malformed ?? refusal(body)
            : new IdenfyError(401, "UNAUTHORIZED", "Invalid API key or secret");
        var answer = error is null ? answers.Take() : new IdenfyAnswer { Error = error };
        var silent = answer.Ending == IdenfyEnding.Silent;
        var reply = answer.Error is null && !silent ? handled(body) : null;
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted, stopping);
        // The wait starts before the call is visible: a test that sees the call may move the clock.
        var pause = Task.Delay(silent ? Timeout.InfiniteTimeSpan : answer.Delay, options.Time, ended.Token);
        Remember(
            new IdenfyCall(
                http.Request.Path.ToString(),
                Encoding.UTF8.GetString(raw),
                body,
                options.Time.GetUtcNow(),
                authorized,
                silent ? 0 : answer.Error?.Status ?? 200,
                answer.Error?.Identifier
            )
        );
        await SendAsync(http, answer, reply, pause, ended.Token);
    }

    /// <summary>Why a request for a state is refused; null if it is not.</summary>
    public IdenfyError? StatusRefusal(JsonElement body) =>
        !body.TryGetProperty("scanRef", out var scanRef)
            ? new IdenfyError(400, "MISSING_VALUE", "Missing value: scanRef")
        : scanRef.ValueKind != JsonValueKind.String || scans.ByRef(scanRef.GetString()) is null
            ? new IdenfyError(400, "BAD_VALUE", "Bad value: scanRef is unknown")
        : null;

    /// <summary>The state of one check; <c>overall</c> is called <c>status</c> here (iDenfy, data retrieval).</summary>
    public JsonObject Status(JsonElement body)
    {
        var scan = scans.ByRef(body.GetProperty("scanRef").GetString())!;
        return new JsonObject
        {
            ["status"] = scan.Overall,
            ["autoDocument"] = scan.Verdict?.AutoDocument,
            ["autoFace"] = scan.Verdict?.AutoFace,
            ["manualDocument"] = scan.Verdict?.ManualDocument,
            ["manualFace"] = scan.Verdict?.ManualFace,
            ["fraudTags"] = JsonSerializer.SerializeToNode(scan.Verdict?.FraudTags ?? []),
            ["mismatchTags"] = JsonSerializer.SerializeToNode(scan.Verdict?.MismatchTags ?? []),
            ["scanRef"] = scan.ScanRef,
            ["clientId"] = scan.ClientId,
        };
    }

    private void Remember(IdenfyCall call)
    {
        lock (gate)
            calls.Add(call);
    }

    private bool IsAuthorized(HttpRequest request) =>
        AuthenticationHeaderValue.TryParse(request.Headers.Authorization, out var given)
        && string.Equals(given.Scheme, "Basic", StringComparison.OrdinalIgnoreCase)
        && given.Parameter == Convert.ToBase64String(Encoding.UTF8.GetBytes($"{options.Key}:{options.Secret}"));

    private static (JsonElement Body, IdenfyError? Error) Parse(byte[] raw)
    {
        try
        {
            // Utf8JsonReader throws only when it reads text that is not UTF-8 within a string, so this
            // is checked first.
            new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true).GetCharCount(raw);
            var body = JsonSerializer.Deserialize<JsonElement>(raw);
            return body.ValueKind == JsonValueKind.Object
                ? (body, null)
                : (body, new IdenfyError(400, "JSON_ERROR", "The body is no JSON object"));
        }
        catch (DecoderFallbackException)
        {
            return (default, new IdenfyError(400, "ENCODING_ERROR", "The body is not UTF-8"));
        }
        catch (JsonException)
        {
            return (default, new IdenfyError(400, "JSON_ERROR", "The body is no JSON"));
        }
    }

    private async Task SendAsync(
        HttpContext http,
        IdenfyAnswer answer,
        JsonObject? reply,
        Task pause,
        CancellationToken ended
    )
    {
        try
        {
            await pause;
        }
        catch (OperationCanceledException)
        {
            http.Abort();
            return;
        }
        if (answer.Ending == IdenfyEnding.Lost)
        {
            http.Abort();
            return;
        }
        http.Response.StatusCode = answer.Error?.Status ?? 200;
        if (answer.RetryAfter is { } wait)
            http.Response.Headers.RetryAfter = ((long)wait.TotalSeconds).ToString();
        var html = answer.Error is { Identifier: "" };
        http.Response.ContentType = html ? "text/html" : "application/json";
        await http.Response.WriteAsync(html ? answer.Error!.Message : Text(answer, reply), ended);
    }

    private static string Text(IdenfyAnswer answer, JsonObject? reply)
    {
        if (answer.Error is { } error)
            return new JsonObject { ["identifier"] = error.Identifier, ["message"] = error.Message }.ToJsonString();
        foreach (var member in answer.Omitted)
            reply!.Remove(member);
        var text = reply!.ToJsonString();
        return answer.Ending == IdenfyEnding.Malformed ? text[..(text.Length / 2)] : text;
    }
}
