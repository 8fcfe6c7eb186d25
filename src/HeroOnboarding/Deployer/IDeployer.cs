using HeroOnboarding.Vms;

namespace HeroOnboarding.Deployer;

/// <summary>The deployer's answer to a notice.</summary>
public abstract record DeployerAnswer
{
    /// <summary>200: done. For a release: no data of the lease is readable.</summary>
    public sealed record Finished : DeployerAnswer;

    /// <summary>202 or another success: accepted; for a release the machine is reported ready later.</summary>
    public sealed record Accepted : DeployerAnswer;

    /// <summary>4xx: refused for good; an operator has to look at it.</summary>
    public sealed record Refused(string Reason) : DeployerAnswer;

    /// <summary>
    /// Unavailable or failing; try again, not before <paramref name="After"/> if the deployer sent it.
    /// </summary>
    public sealed record TryLater(string Reason, TimeSpan? After) : DeployerAnswer;
}

/// <summary>
/// The system that assigns machines to their holders and wipes them. A notice is sent at least once, always
/// under one id.
/// </summary>
public interface IDeployer
{
    /// <param name="id">The same at every repetition: the receiver's idempotency key.</param>
    Task<DeployerAnswer> AssignAsync(string id, AssignNotice notice, CancellationToken cancel);

    /// <inheritdoc cref="AssignAsync"/>
    Task<DeployerAnswer> ReleaseAsync(string id, ReleaseNotice notice, CancellationToken cancel);
}
