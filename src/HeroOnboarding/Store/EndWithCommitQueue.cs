namespace HeroOnboarding.Store;

/// <summary>
/// A watchdog: when the commit queue is broken, ends the process with a reason, so that its supervisor restarts it.
/// Until then <c>/health/live</c> reports the reason.
/// </summary>
internal sealed class EndWithCommitQueue(
    Database database,
    IHostApplicationLifetime life,
    ILogger<EndWithCommitQueue> log
) : BackgroundService
{
    /// <summary>The exit code of the process. Writes the reason where the commit queue ended it.</summary>
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
