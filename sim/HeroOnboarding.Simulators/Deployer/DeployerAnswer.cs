using System.Collections.Concurrent;

namespace HeroOnboarding.Simulators.Deployer;

/// <summary>How a call ends.</summary>
public enum DeployerEnding
{
    /// <summary>The status is sent.</summary>
    Answered,

    /// <summary>Nothing is done and nothing is sent until the caller gives up.</summary>
    Silent,

    /// <summary>The call is handled, then the connection is closed before the status is sent.</summary>
    Lost,
}

/// <summary>One answer to one call.</summary>
/// <param name="Status">HTTP status; any 2xx means the call was handled.</param>
public sealed record DeployerAnswer(int Status)
{
    /// <summary>Done: assigned, or wiped.</summary>
    public static DeployerAnswer Ok { get; } = new(200);

    /// <summary>Accepted, done later.</summary>
    public static DeployerAnswer Accepted { get; } = new(202);

    /// <summary>Never answers.</summary>
    public static DeployerAnswer Silence { get; } = new(0) { Ending = DeployerEnding.Silent };

    /// <summary>How the call ends.</summary>
    public DeployerEnding Ending { get; init; }

    /// <summary>Header <c>Retry-After</c>, sent in whole seconds.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>Real time to wait before the answer.</summary>
    public TimeSpan Delay { get; init; }

    /// <summary>503 with <c>Retry-After</c>.</summary>
    public static DeployerAnswer Unavailable(TimeSpan retryAfter) => new(503) { RetryAfter = retryAfter };

    /// <summary>The call is handled with this status, but the answer is lost; a repetition gets it.</summary>
    public static DeployerAnswer Lost(int status = 200) => new(status) { Ending = DeployerEnding.Lost };
}

/// <summary>The answers of one route: a script first, then <see cref="Always"/>.</summary>
public sealed class DeployerAnswers
{
    private readonly ConcurrentQueue<DeployerAnswer> script = new();

    internal DeployerAnswers(DeployerAnswer always) => Always = always;

    /// <summary>The answer when the script is empty.</summary>
    public DeployerAnswer Always { get; set; }

    /// <summary>Appends to the script; each entry answers one call that is not a repetition.</summary>
    public void Next(params ReadOnlySpan<DeployerAnswer> answers)
    {
        foreach (var answer in answers)
            script.Enqueue(answer);
    }

    internal DeployerAnswer Take() => script.TryDequeue(out var answer) ? answer : Always;
}
