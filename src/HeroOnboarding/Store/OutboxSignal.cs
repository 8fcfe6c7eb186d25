namespace HeroOnboarding.Store;

/// <summary>Wakes <see cref="BackgroundLoop"/> when a commit has queued a message.</summary>
public sealed class OutboxSignal : IDisposable
{
    private readonly SemaphoreSlim signal = new(0, 1);

    public void Wake()
    {
        try
        {
            signal.Release();
        }
        catch (SemaphoreFullException)
        { /* already awake */
        }
    }

    public Task<bool> WaitAsync(TimeSpan most, CancellationToken cancel) => signal.WaitAsync(most, cancel);

    public void Dispose() => signal.Dispose();
}
