using System.Collections.Concurrent;

namespace HeroOnboarding.Simulators.Deployer;

/// <summary>The result of a wipe that was answered with 202.</summary>
public enum DeployerWipe
{
    /// <summary>Done and reported.</summary>
    Done,

    /// <summary>Failed, and the failure is reported.</summary>
    Failed,

    /// <summary>Done, but never reported.</summary>
    Unreported,

    /// <summary>Done and reported twice, as after a lost answer.</summary>
    ReportedTwice,

    /// <summary>Reported for the lease before this one, as by a deployer with wrong records.</summary>
    WrongLease,
}

/// <summary>The results of wipes: a script first, then <see cref="Always"/>.</summary>
public sealed class DeployerWipes
{
    private readonly ConcurrentQueue<DeployerWipe> script = new();

    /// <summary>The result when the script is empty.</summary>
    public DeployerWipe Always { get; set; }

    /// <summary>Appends to the script; each entry is one wipe.</summary>
    public void Next(params ReadOnlySpan<DeployerWipe> wipes)
    {
        foreach (var wipe in wipes)
            script.Enqueue(wipe);
    }

    internal DeployerWipe Take() => script.TryDequeue(out var wipe) ? wipe : Always;
}
