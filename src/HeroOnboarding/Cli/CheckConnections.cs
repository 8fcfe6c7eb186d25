using System.Net.Sockets;
using System.Text.Json;
using HeroOnboarding.Configuration;
using HeroOnboarding.Deployer;
using HeroOnboarding.Store;
using HeroOnboarding.Store.Postgres;
using HeroOnboarding.Web;

namespace HeroOnboarding.Cli;

/// <summary>
/// <c>check-config --connect</c>: checks, with a time-out each, that every system in the settings answers, and changes
/// nothing in them. Prints one line per system, without secrets and without any text of an answer.
/// </summary>
internal sealed class CheckConnections(LoadedOptions options, TextWriter output) : IDisposable
{
    /// <summary>The time-out of one check; tests set a shorter one.</summary>
    internal TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(10);

    private readonly Outgoing outgoing = new(new CrashPoints());

    /// <returns>The number of failed checks.</returns>
    public async Task<int> RunAsync(CancellationToken cancel)
    {
        var bad = 0;
        foreach (var check in Checks())
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
            limit.CancelAfter(Patience);
            var (good, text) = await TryAsync(check, limit.Token, cancel);
            await output.WriteLineAsync($"{(good ? "ok  " : "bad ")} {check.Setting}: {text}");
            bad += good ? 0 : 1;
        }
        return bad;
    }

    public void Dispose() => outgoing.Dispose();

    private StoreOptions Store => options.Get<StoreOptions>();

    private IEnumerable<ConnectionCheck> Checks() =>
        [
            Store.DatabaseUrl is { } url
                ? new("DATABASE_URL", (_, cancel) => PostgresAsync(url, cancel))
                : new("DATA_DIR", (_, _) => Task.FromResult(Folder())),
            .. AllProviders.All.SelectMany(p => p.Connections(options)),
            .. options.Get<DeployerOptions>() is { IsOn: true } deployer
                ? [ConnectionCheck.Answers("DEPLOYER_URL", deployer.Url!, "The secret is tried with the first notice.")]
                : Array.Empty<ConnectionCheck>(),
        ];

    private async Task<ConnectionResult> TryAsync(
        ConnectionCheck check,
        CancellationToken limit,
        CancellationToken cancel
    )
    {
        try
        {
            return await check.RunAsync(outgoing, limit);
        }
        catch (Exception e)
            when (!cancel.IsCancellationRequested && (limit.IsCancellationRequested || e is OperationCanceledException))
        {
            return new(
                false,
                $"no answer within {Patience.TotalSeconds:N0} s. Check the address, the network and " + "the firewall."
            );
        }
        catch (Exception e) when (e is HttpRequestException or IOException or JsonException or SocketException)
        {
            return new(false, ReasonOf(e));
        }
    }

    private async Task<ConnectionResult> PostgresAsync(Secret url, CancellationToken cancel)
    {
        try
        {
            await using var database = new PostgresDatabase(url.Reveal(), PortalModel.Rows);
            var missing = (await database.MissingMigrationsAsync(cancel)).Count;
            return missing == 0
                ? new(true, "the database answers and its schema is complete.")
                : new(
                    false,
                    $"the database answers but lacks {Show.Count(missing, "migration")}; run 'hero-onboarding "
                        + "migrate'."
                );
        }
        // Entity Framework wraps the driver's exceptions.
        catch (Exception e) when (!cancel.IsCancellationRequested && StartFailure.Explain(Store, e) is not null)
        {
            return new(false, StartFailure.Explain(Store, e)!["DATABASE_URL: ".Length..]);
        }
    }

    /// <summary>
    /// Checks the folder only. The database in it is not opened, because a server may be running on it.
    /// </summary>
    private ConnectionResult Folder()
    {
        var folder = Path.GetFullPath(Store.DataDir);
        if (!Directory.Exists(folder))
        {
            var above = Path.GetDirectoryName(folder);
            while (above is not null && !Directory.Exists(above))
                above = Path.GetDirectoryName(above);
            return Writable(above!) is { } why
                ? new(false, $"{folder} does not exist and cannot be made: {why}")
                : new(true, $"{folder} does not exist yet; 'serve' makes it.");
        }
        return Writable(folder) is { } no ? new(false, no) : new(true, $"{folder} can be written.");
    }

    private static string? Writable(string folder)
    {
        var probe = Path.Combine(folder, $".hero-onboarding-{Guid.NewGuid():N}");
        try
        {
            File.WriteAllBytes(probe, new byte[4096]);
            File.Delete(probe);
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return HeroOnboarding
                .Store.Sqlite.FolderTrouble.Of(Path.Combine(folder, "hero-onboarding.sqlite"), e)
                .Message["DATA_DIR: ".Length..];
        }
    }

    private static string ReasonOf(Exception error)
    {
        var chain = Database.Chain(error).ToList();
        if (chain.OfType<System.Security.Authentication.AuthenticationException>().Any())
            return "its TLS certificate is not trusted here. Check its name, its date and who signed it.";
        if (chain.OfType<JsonException>().Any())
            return "its answer is not JSON. Is this the right address?";
        return chain.OfType<SocketException>().FirstOrDefault()?.SocketErrorCode switch
        {
            SocketError.HostNotFound or SocketError.NoData or SocketError.TryAgain =>
                "the host is unknown. Check the name, and the DNS of this machine.",
            SocketError.ConnectionRefused => "the connection was refused. Does it run there, and is the port right?",
            { } other => $"cannot be reached ({other}). Check the address, the network and the firewall.",
            null => "cannot be reached. Check the address, the network and the firewall.",
        };
    }
}
