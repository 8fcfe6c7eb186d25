using HeroOnboarding.Tests.Support;

namespace HeroOnboarding.Tests.Crashes;

/// <summary>
/// Simulates the death of a portal's process right after the n-th commit or answered call. From then on no unit commits
/// and no call leaves, until it is restored.
/// </summary>
internal sealed class Power(int survives)
{
    private readonly Lock sync = new();
    private readonly List<string> seen = [];

    /// <summary>The point of the crash, or null.</summary>
    public string? WentOutAt { get; private set; }

    public bool IsOut { get; private set; }

    /// <summary>Every commit and answered call before the crash, in order.</summary>
    public IReadOnlyList<string> Seen => seen;

    /// <summary>
    /// Inactive until this call: the start of the portal and the checks of the test are no part of the journey.
    /// </summary>
    public void Watch(Portal portal) => portal.Crash.Hook = Reach;

    public void Back() => IsOut = false;

    private void Reach(string point, string what)
    {
        lock (sync)
        {
            if (IsOut)
                throw new PowerCutException();
            if (WentOutAt is not null || point is not ("after commit" or "after call"))
                return;
            seen.Add($"{point} {what}");
            if (seen.Count <= survives)
                return;
            (WentOutAt, IsOut) = (seen[^1], true);
            throw new PowerCutException();
        }
    }
}

/// <summary>No code of the portal catches this exception.</summary>
internal sealed class PowerCutException() : Exception("The power is out.");
