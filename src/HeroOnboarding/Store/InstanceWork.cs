namespace HeroOnboarding.Store;

/// <summary>
/// Work that every instance repeats, such as writing the counts that it holds in memory. A job (<see cref="IJob"/>)
/// runs on one instance only.
/// </summary>
/// <param name="Every">The pause between two runs. One more run follows when the instance stops cleanly.</param>
public sealed record InstanceWork(TimeSpan Every, Func<CancellationToken, Task> RunAsync);
