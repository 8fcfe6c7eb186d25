namespace HeroOnboarding.Store;

/// <summary>
/// A watchdog: when nothing can be written any more, the process ends with a reason, so that what watches over it
/// starts it again. Until then <c>/health/live</c> says so.
/// </summary>
internal sealed class EndWithCommitQueue(
    Database database,
    IHostApplicationLifetime life,
    ILogger<EndWithCommitQueue> log
) : BackgroundService
{
    /// <summary>The process's exit code, and why it ended, where it was not asked to.</summary>
    public static int ExitCode(Database database, TextWriter errors)
    {
        if (!database.Commits.Broken.IsCompletedSuccessfully)
            return 0;
        var reason = database.Commits.Broken.Result.Message;
        errors.WriteLine($"The portal ended because it could not write any more ({reason}). Start it again.");
        return 1;
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var reason = await database.Commits.Broken.WaitAsync(stoppingToken);
        log.LogCritical(reason, "Nothing can be written any more; the process ends so that it can be started again");
        life.StopApplication();
    }
}
