namespace HeroOnboarding.Simulators.Stripe;

/// <summary>
/// The first answers by idempotency key: the same call gets the same answer for 24 hours, including a 500; another call
/// under the key is an error; while the first one runs the key is in use (Stripe documentation).
/// </summary>
internal sealed class IdempotencyKeys(TimeProvider time)
{
    private const int LongestKey = 255;
    private static readonly TimeSpan Kept = TimeSpan.FromHours(24);

    private readonly Lock gate = new();
    private readonly Dictionary<string, Entry> entries = new(StringComparer.Ordinal);

    /// <summary>The answer that needs no work; null lets the call begin, which must then <see cref="End"/>.</summary>
    public StripeReply? Begin(StripeRequest request)
    {
        if (request.IdempotencyKey is not { } key)
            return null;
        if (key.Length is 0 or > LongestKey)
            return StripeReply.Error(
                $"An idempotency key has 1 to {LongestKey} characters.",
                type: "idempotency_error"
            );
        var call = Fingerprint(request);
        lock (gate)
        {
            if (!entries.TryGetValue(Name(request), out var before) || time.GetUtcNow() - before.At >= Kept)
            {
                entries[Name(request)] = new Entry(call, time.GetUtcNow(), null);
                return null;
            }
            if (before.Call != call)
                return Mismatch(key);
            return before.Reply is { } reply ? reply with { Replayed = true } : InUse(key);
        }
    }

    /// <summary>Ends what <see cref="Begin"/> began: the answer is stored, or the key is released.</summary>
    public void End(StripeRequest request, StripeReply? reply)
    {
        if (request.IdempotencyKey is null)
            return;
        lock (gate)
        {
            if (reply is { Stored: true })
                entries[Name(request)] = entries[Name(request)] with { Reply = reply };
            else
                entries.Remove(Name(request));
        }
    }

    // Keys belong to one account; test and live mode are separate.
    private static string Name(StripeRequest request) => $"{request.Livemode} {request.IdempotencyKey}";

    private static string Fingerprint(StripeRequest request) =>
        string.Join(
            '\n',
            request
                .Form.Select(pair => $"{Uri.EscapeDataString(pair.Key)}={Uri.EscapeDataString(pair.Value)}")
                .Prepend(request.Path)
        );

    private static StripeReply Mismatch(string key) =>
        StripeReply.Error(
            "Keys for idempotent requests can only be used with the same parameters they were first used with. Try "
                + $"using a key other than '{key}' if you meant to execute a different request.",
            type: "idempotency_error"
        );

    private static StripeReply InUse(string key) =>
        StripeReply.Error(
            $"There is currently another in-progress request using this Idempotent Key: {key}.",
            code: "idempotency_key_in_use",
            status: StatusCodes.Status409Conflict,
            type: "idempotency_error"
        );

    private sealed record Entry(string Call, DateTimeOffset At, StripeReply? Reply);
}
