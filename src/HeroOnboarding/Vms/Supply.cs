using HeroOnboarding.Store;

namespace HeroOnboarding.Vms;

/// <summary>
/// How many machines could be handed out now; registered by whoever has machines. A guess for pages, since only the
/// hand-out itself decides.
/// </summary>
/// <param name="IsThere">False where no machines are set up.</param>
/// <param name="CountAsync">At this instant, at most <see cref="MostCounted"/>.</param>
/// <param name="CountSql">
/// The same as a scalar subquery; <c>$2</c> is <see cref="ProvenSince"/> in microseconds.
/// </param>
/// <param name="ProvenSince">Since when a machine must have answered, where that counts.</param>
public sealed record Supply(
    bool IsThere,
    Func<OnboardingDb, DateTimeOffset, CancellationToken, Task<int>> CountAsync,
    string CountSql,
    Func<DateTimeOffset, DateTimeOffset> ProvenSince
)
{
    /// <summary>More are not counted for customers: it changes nothing for them and takes time.</summary>
    private const int Told = 100;

    /// <summary>One more than is told.</summary>
    internal const int MostCounted = Told + 1;

    /// <param name="free">As counted here.</param>
    public static string Say(int free) =>
        free switch
        {
            0 => "No machine free right now",
            > Told => $"More than {Told} machines free now",
            _ => Words.Count(free, "machine") + " free now",
        };
}

/// <summary>
/// Whether a machine takes the SSH key of its holder; registered by whoever puts the key there.
/// </summary>
public sealed record HolderKeys(bool AreTaken);
