using HeroOnboarding.Store;

namespace HeroOnboarding.Vms;

/// <summary>
/// The number of machines that could be handed out; registered by the feature that has machines. For display only: the
/// hand-out itself decides.
/// </summary>
/// <param name="IsThere">False where no machines are configured.</param>
/// <param name="CountAsync">The number at this instant, at most <see cref="MostCounted"/>.</param>
/// <param name="CountSql">The same as a scalar subquery; <c>$2</c> is
/// <see cref="ProvenSince"/> in microseconds.</param>
/// <param name="ProvenSince">The instant since which a machine must have answered, while machines are probed.</param>
public sealed record Supply(
    bool IsThere,
    Func<OnboardingDb, DateTimeOffset, CancellationToken, Task<int>> CountAsync,
    string CountSql,
    Func<DateTimeOffset, DateTimeOffset> ProvenSince
)
{
    /// <summary>The largest number that customers are shown; counting more takes time.</summary>
    private const int MostShown = 100;

    /// <summary>One more than is shown, to detect a larger number.</summary>
    internal const int MostCounted = MostShown + 1;

    /// <param name="free">A number of <see cref="CountAsync"/>.</param>
    public static string Say(int free) =>
        free switch
        {
            0 => "No machine free right now",
            > MostShown => $"More than {MostShown} machines free now",
            _ => Words.Count(free, "machine") + " free now",
        };
}

/// <summary>Whether machines take the SSH key of their holder; registered by the feature that installs it.</summary>
public sealed record HolderKeys(bool AreTaken);
