using HeroOnboarding.Vms;

namespace HeroOnboarding.Deployer;

/// <summary>What the deployer answered.</summary>
public abstract record DeployerAnswer
{
    /// <summary>200: done. For a release: nothing of the lease is readable any more.</summary>
    public sealed record Finished : DeployerAnswer;

    /// <summary>202 or another success: accepted; for a release the machine is reported ready later.</summary>
    public sealed record Accepted : DeployerAnswer;

    /// <summary>4xx: it will not do that; a person has to look.</summary>
    public sealed record Refused(string Reason) : DeployerAnswer;

    /// <summary>Busy or broken; try again, not before <paramref name="After"/> where it said so.</summary>
    public sealed record TryLater(string Reason, TimeSpan? After) : DeployerAnswer;
}

/// <summary>
/// The system that makes machines know their holder, and wipes them. Told at least once under one id.
/// </summary>
public interface IDeployer
{
    /// <param name="id">The same at every repetition: the receiver's idempotency key.</param>
    Task<DeployerAnswer> AssignAsync(string id, AssignNotice notice, CancellationToken cancel);

    /// <inheritdoc cref="AssignAsync"/>
    Task<DeployerAnswer> ReleaseAsync(string id, ReleaseNotice notice, CancellationToken cancel);
}
