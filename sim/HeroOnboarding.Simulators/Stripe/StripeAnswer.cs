using System.Collections.Concurrent;

namespace HeroOnboarding.Simulators.Stripe;

/// <summary>How a call ends.</summary>
public enum StripeEnding
{
    /// <summary>The answer is sent.</summary>
    Answered,

    /// <summary>Nothing is done and nothing is sent until the caller gives up.</summary>
    Silent,

    /// <summary>
    /// The work is done and its answer stored under the idempotency key, then the connection is closed before
    /// anything is sent.
    /// </summary>
    Lost,
}

/// <summary>One answer to one call.</summary>
/// <param name="Status">HTTP status; 0 for Stripe's regular answer.</param>
public sealed record StripeAnswer(int Status)
{
    /// <summary>The regular answer.</summary>
    public static StripeAnswer AsUsual { get; } = new(0);

    /// <summary>500; nothing was done, and the key repeats this answer.</summary>
    public static StripeAnswer ServerError { get; } = new(500) { Stored = true };

    /// <summary>500 although the work was done; the key repeats this answer.</summary>
    public static StripeAnswer ServerErrorAfterWork { get; } = new(500) { Stored = true, Works = true };

    /// <summary>Never answers.</summary>
    public static StripeAnswer Silence { get; } = new(0) { Ending = StripeEnding.Silent };

    /// <summary>The work is done, but the answer is lost; a repetition under the same key gets it.</summary>
    public static StripeAnswer Lost { get; } = new(0) { Ending = StripeEnding.Lost };

    /// <summary>401: the key was revoked.</summary>
    public static StripeAnswer Unauthorized { get; } = new(401);

    /// <summary>How the call ends.</summary>
    public StripeEnding Ending { get; init; }

    /// <summary>Header <c>Retry-After</c>, sent in whole seconds.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>Header <c>Stripe-Should-Retry</c>.</summary>
    public bool? ShouldRetry { get; init; }

    /// <summary>
    /// Time of the simulator's clock between work and answer; the idempotency key is in use meanwhile, even after the
    /// caller gave up.
    /// </summary>
    public TimeSpan Delay { get; init; }

    /// <summary>With an error status: the work is done nevertheless.</summary>
    public bool Works { get; init; }

    /// <summary>
    /// With an error status: stored under the idempotency key, as Stripe does after the work has begun.
    /// </summary>
    public bool Stored { get; init; }

    /// <summary>503: nothing was done, nothing is stored.</summary>
    public static StripeAnswer Unavailable(TimeSpan? retryAfter = null, bool? shouldRetry = null) =>
        new(503) { RetryAfter = retryAfter, ShouldRetry = shouldRetry };

    /// <summary>429: nothing was done, nothing is stored.</summary>
    public static StripeAnswer TooManyRequests(TimeSpan? retryAfter = null, bool? shouldRetry = null) =>
        new(429) { RetryAfter = retryAfter, ShouldRetry = shouldRetry };

    /// <summary>The regular answer after a delay.</summary>
    public static StripeAnswer Slow(TimeSpan delay) => new(0) { Delay = delay };
}

/// <summary>The answers of one route: a script first, then <see cref="Always"/>.</summary>
public sealed class StripeAnswers
{
    private readonly ConcurrentQueue<StripeAnswer> script = new();

    internal StripeAnswers() { }

    /// <summary>The answer when the script is empty.</summary>
    public StripeAnswer Always { get; set; } = StripeAnswer.AsUsual;

    /// <summary>
    /// Appends to the script; each entry answers one call that has a valid key and is not a repetition.
    /// </summary>
    public void Next(params ReadOnlySpan<StripeAnswer> answers)
    {
        foreach (var answer in answers)
            script.Enqueue(answer);
    }

    internal StripeAnswer Take() => script.TryDequeue(out var answer) ? answer : Always;
}
