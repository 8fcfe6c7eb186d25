using HeroOnboarding.Tests.Support;

namespace HeroOnboarding.Tests.Crashes;

/// <summary>
/// The power of the machine that a portal runs on: it goes out right after the n-th commit or answered call. From then
/// on nothing is committed and nothing leaves, also not what would tidy up, until it is back.
/// </summary>
internal sealed class Power(int survives)
{
    private readonly Lock sync = new();
    private readonly List<string> seen = [];

    /// <summary>Where it went out, or null.</summary>
    public string? WentOutAt { get; private set; }

    public bool IsOut { get; private set; }

    /// <summary>Every commit and answered call while nothing was out yet, in order.</summary>
    public IReadOnlyList<string> Seen => seen;

    /// <summary>Off until this: a portal that starts and a check of what it holds are no part of the journey.</summary>
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

/// <summary>Nothing in the portal expects this one.</summary>
internal sealed class PowerCutException() : Exception("The power is out.");
