namespace HeroOnboarding.Store;

/// <summary>
/// Runs the outbox and the jobs while the server runs: immediately after a commit that queued a message, and every few
/// seconds in any case. Several deliveries run concurrently, so a receiver that does not answer delays neither the
/// other deliveries nor the jobs.
/// </summary>
internal sealed class BackgroundLoop(
    OutboxRunner outbox,
    OutboxSignal signal,
    JobRunner jobs,
    StoreFailures failures,
    IEnumerable<InstanceWork> works,
    ILogger<BackgroundLoop> log
) : BackgroundService
{
    private const int Couriers = 4;
    private static readonly TimeSpan Sweep = TimeSpan.FromSeconds(5);

    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        Task.WhenAll([
            .. Enumerable
                .Range(0, Couriers)
                .Select(_ =>
                    RepeatAsync(outbox.RunDueAsync, () => signal.WaitAsync(Sweep, stoppingToken), stoppingToken)
                ),
            RepeatAsync(jobs.RunDueAsync, () => Task.Delay(Sweep, stoppingToken), stoppingToken),
            .. works.Select(work => RepeatToTheEndAsync(work, stoppingToken)),
        ]);

    private async Task RepeatToTheEndAsync(InstanceWork work, CancellationToken stop)
    {
        async Task<int> RunAsync(CancellationToken cancel)
        {
            await work.RunAsync(cancel);
            return 1;
        }
        await RepeatAsync(RunAsync, () => Task.Delay(work.Every, stop), stop);
        using var once = new CancellationTokenSource();
        await RepeatAsync(RunAsync, once.CancelAsync, once.Token);
    }

    private async Task RepeatAsync(Func<CancellationToken, Task<int>> work, Func<Task> pause, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            try
            {
                await work(stop);
            }
            catch (StoreBusyException)
            {
                // UnitOfWorkRunner has logged the cause; the next sweep tries again.
            }
            catch (Exception e) when (failures.IsOurs(e))
            {
                failures.Log("Read", "background work", e);
            }
            catch (Exception e) when (!(e is OperationCanceledException && stop.IsCancellationRequested))
            {
                log.LogError(e, "Background work failed; it goes on in {Seconds} s", Sweep.TotalSeconds);
            }
            try
            {
                await pause();
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                return;
            }
        }
    }
}
