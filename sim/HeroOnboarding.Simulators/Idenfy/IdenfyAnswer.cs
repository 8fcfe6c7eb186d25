using System.Collections.Concurrent;

namespace HeroOnboarding.Simulators.Idenfy;

/// <summary>How a call ends.</summary>
public enum IdenfyEnding
{
    /// <summary>The answer is sent.</summary>
    Answered,

    /// <summary>Nothing is done and nothing is sent until the caller gives up.</summary>
    Silent,

    /// <summary>
    /// The call is handled (a token is made and billed), then the connection is closed before the answer.
    /// </summary>
    Lost,

    /// <summary>The call is handled, then the answer ends in the middle of its JSON.</summary>
    Malformed,
}

/// <summary>One answer to one authorized and valid call.</summary>
public sealed record IdenfyAnswer
{
    /// <summary>Handled, and answered as documented.</summary>
    public static IdenfyAnswer Ok { get; } = new();

    /// <summary>Never answers.</summary>
    public static IdenfyAnswer Silence { get; } = new() { Ending = IdenfyEnding.Silent };

    /// <summary>The token is made, but the answer is lost.</summary>
    public static IdenfyAnswer Lost { get; } = new() { Ending = IdenfyEnding.Lost };

    /// <summary>200 with half of the JSON.</summary>
    public static IdenfyAnswer Malformed { get; } = new() { Ending = IdenfyEnding.Malformed };

    /// <summary>401: the key was revoked.</summary>
    public static IdenfyAnswer Unauthorized { get; } = Refused(401, "UNAUTHORIZED", "Invalid API key or secret");

    /// <summary>500 with iDenfy's error body.</summary>
    public static IdenfyAnswer Broken { get; } = Refused(500, "INTERNAL_ERROR", "Internal server error");

    /// <summary>503 from the proxy in front: HTML, not JSON.</summary>
    public static IdenfyAnswer Unavailable { get; } =
        new() { Error = new IdenfyError(503, "", "<html><body>503 Service Unavailable</body></html>") };

    /// <summary>How the call ends.</summary>
    public IdenfyEnding Ending { get; init; }

    /// <summary>Refuses with this error and does nothing; null handles the call.</summary>
    public IdenfyError? Error { get; init; }

    /// <summary>Header <c>Retry-After</c>, sent in whole seconds.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>Wait before the answer, on the simulator's clock.</summary>
    public TimeSpan Delay { get; init; }

    /// <summary>Members that the answer omits, for example <c>authToken</c>.</summary>
    public IReadOnlyList<string> Omitted { get; init; } = [];

    /// <summary>Refuses with an identifier of iDenfy's, usually with 400.</summary>
    public static IdenfyAnswer Refused(int status, string identifier, string message = "Simulated") =>
        new() { Error = new IdenfyError(status, identifier, message) };

    /// <summary>429, optionally with <c>Retry-After</c>. iDenfy documents no identifier for it.</summary>
    public static IdenfyAnswer TooMany(TimeSpan? retryAfter = null) =>
        Refused(429, "TOO_MANY_REQUESTS", "Too many requests") with
        {
            RetryAfter = retryAfter,
        };

    /// <summary>Handled and answered 200 without these members.</summary>
    public static IdenfyAnswer Without(params string[] members) => new() { Omitted = members };

    /// <summary>Handled and answered after this time.</summary>
    public static IdenfyAnswer After(TimeSpan delay) => new() { Delay = delay };
}

/// <summary>A refusal: <c>{identifier, message}</c> (iDenfy, errors).</summary>
/// <param name="Status">HTTP status.</param>
/// <param name="Identifier">For example <c>MISSING_VALUE</c>; empty sends only the message, as HTML.</param>
/// <param name="Message">For developers.</param>
public sealed record IdenfyError(int Status, string Identifier, string Message);

/// <summary>The answers of one route: a script first, then <see cref="Always"/>.</summary>
public sealed class IdenfyAnswers
{
    private readonly ConcurrentQueue<IdenfyAnswer> script = new();

    internal IdenfyAnswers() { }

    /// <summary>The answer when the script is empty; <see cref="IdenfyAnswer.Ok"/> by default.</summary>
    public IdenfyAnswer Always { get; set; } = IdenfyAnswer.Ok;

    /// <summary>Appends to the script; each entry answers one call with the right key and a valid body.</summary>
    public void Next(params ReadOnlySpan<IdenfyAnswer> answers)
    {
        foreach (var answer in answers)
            script.Enqueue(answer);
    }

    internal IdenfyAnswer Take() => script.TryDequeue(out var answer) ? answer : Always;
}
