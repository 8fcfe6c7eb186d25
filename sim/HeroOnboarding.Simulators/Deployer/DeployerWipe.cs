using System.Collections.Concurrent;

namespace HeroOnboarding.Simulators.Deployer;

/// <summary>What becomes of a wipe that was answered with 202.</summary>
public enum DeployerWipe
{
    /// <summary>It is done and reported.</summary>
    Done,

    /// <summary>It goes wrong, and that is reported.</summary>
    Failed,

    /// <summary>It is done, but nobody hears of it.</summary>
    Unreported,

    /// <summary>It is done and reported twice, as after an answer that was lost.</summary>
    ReportedTwice,

    /// <summary>It is reported for the lease before this one, as by a deployer that mixed up its papers.</summary>
    WrongLease,
}

/// <summary>What becomes of wipes: a script first, then always the same.</summary>
public sealed class DeployerWipes
{
    private readonly ConcurrentQueue<DeployerWipe> _script = new();

    /// <summary>When the script is empty.</summary>
    public DeployerWipe Always { get; set; }

    /// <summary>Appends to the script; each entry is one wipe.</summary>
    public void Next(params ReadOnlySpan<DeployerWipe> wipes)
    {
        foreach (var wipe in wipes)
            _script.Enqueue(wipe);
    }

    internal DeployerWipe Take() => _script.TryDequeue(out var wipe) ? wipe : Always;
}
