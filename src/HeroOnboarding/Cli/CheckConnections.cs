using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text.Json;
using HeroOnboarding.Accounts.Forge;
using HeroOnboarding.Accounts.Mycelium;
using HeroOnboarding.Configuration;
using HeroOnboarding.Credit.Stripe;
using HeroOnboarding.Deployer;
using HeroOnboarding.Kyc.Idenfy;
using HeroOnboarding.Store;
using HeroOnboarding.Store.Postgres;
using HeroOnboarding.Web;

namespace HeroOnboarding.Cli;

/// <summary>
/// <c>check-config --connect</c>: asks everything that the settings name whether it answers, each within a time-out,
/// and changes nothing anywhere. A line each; nothing that an answer said is printed, and no secret.
/// </summary>
internal sealed class CheckConnections(LoadedOptions options, TextWriter output) : IDisposable
{
    /// <summary>For each of them; tests take less.</summary>
    internal TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(10);

    private readonly Outgoing outgoing = new(new CrashPoints());

    /// <returns>How many did not answer as they should.</returns>
    public async Task<int> RunAsync(CancellationToken cancel)
    {
        var bad = 0;
        foreach (var (name, ask) in Asks())
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
            limit.CancelAfter(Patience);
            var (good, text) = await TryAsync(ask, limit.Token, cancel);
            await output.WriteLineAsync($"{(good ? "ok  " : "bad ")} {name}: {text}");
            bad += good ? 0 : 1;
        }
        return bad;
    }

    public void Dispose() => outgoing.Dispose();

    private StoreOptions Store => options.Get<StoreOptions>();

    private IEnumerable<(string Name, Func<CancellationToken, Task<(bool, string)>> Ask)> Asks()
    {
        yield return Store.DatabaseUrl is { } url
            ? ("DATABASE_URL", cancel => PostgresAsync(url, cancel))
            : ("DATA_DIR", _ => Task.FromResult(Folder()));
        if (options.Get<ForgeOptions>() is { IsOn: true } forge)
            yield return ("FORGE_URL", cancel => ForgeAsync(forge, cancel));
        if (options.Get<StripeOptions>() is { IsOn: true } stripe)
            yield return ("STRIPE_SECRET_KEY", cancel => StripeAsync(stripe, cancel));
        if (options.Get<IdenfyOptions>() is { IsOn: true } idenfy)
            yield return (
                "IDENFY_API_URL",
                cancel => AnswersAsync(idenfy.ApiUrl, "The key is tried with the first check.", cancel)
            );
        if (options.Get<DeployerOptions>() is { IsOn: true } deployer)
            yield return (
                "DEPLOYER_URL",
                cancel => AnswersAsync(deployer.Url!, "The secret is tried with the first notice.", cancel)
            );
        if (options.Get<MyceliumOptions>().Api is { } mycelium)
            yield return ("MYCELIUM_API_URL", cancel => MyceliumAsync(mycelium, cancel));
    }

    private async Task<(bool Good, string Text)> TryAsync(
        Func<CancellationToken, Task<(bool, string)>> ask,
        CancellationToken limit,
        CancellationToken cancel
    )
    {
        try
        {
            return await ask(limit);
        }
        catch (Exception e)
            when (!cancel.IsCancellationRequested && (limit.IsCancellationRequested || e is OperationCanceledException))
        {
            return (
                false,
                $"no answer within {Patience.TotalSeconds:N0} s. Check the address, the network and " + "the firewall."
            );
        }
        catch (Exception e) when (e is HttpRequestException or IOException or JsonException or SocketException)
        {
            return (false, ReasonOf(e));
        }
    }

    private async Task<(bool, string)> PostgresAsync(Secret url, CancellationToken cancel)
    {
        try
        {
            await using var database = new PostgresDatabase(url.Reveal(), PortalModel.Rows);
            var missing = (await database.MissingMigrationsAsync(cancel)).Count;
            return missing == 0
                ? (true, "the database answers and its schema is complete.")
                : (
                    false,
                    $"the database answers but lacks {Show.Count(missing, "migration")}; run 'hero-onboarding "
                        + "migrate'."
                );
        }
        // Entity Framework wraps what the driver throws.
        catch (Exception e) when (!cancel.IsCancellationRequested && StartFailure.Explain(Store, e) is not null)
        {
            return (false, StartFailure.Explain(Store, e)!["DATABASE_URL: ".Length..]);
        }
    }

    /// <summary>A server may be using the folder; that is fine and nothing of its is touched.</summary>
    private (bool, string) Folder()
    {
        var folder = Path.GetFullPath(Store.DataDir);
        if (!Directory.Exists(folder))
        {
            var above = Path.GetDirectoryName(folder);
            while (above is not null && !Directory.Exists(above))
                above = Path.GetDirectoryName(above);
            return Writable(above!) is { } why
                ? (false, $"{folder} does not exist and cannot be made: {why}")
                : (true, $"{folder} does not exist yet; 'serve' makes it.");
        }
        return Writable(folder) is { } no ? (false, no) : (true, $"{folder} can be written.");
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

    /// <summary>The issuer that discovery names must be the one that is configured, or no sign-in is
    /// accepted.</summary>
    private async Task<(bool, string)> ForgeAsync(ForgeOptions forge, CancellationToken cancel)
    {
        var issuer = forge.Url!.ToString().TrimEnd('/');
        using var client = outgoing.Client();
        using var response = await client.GetAsync(new Uri(issuer + "/.well-known/openid-configuration"), cancel);
        if (!response.IsSuccessStatusCode)
            return (
                false,
                $"its discovery document answers {(int)response.StatusCode}. Is this the address of " + "the Forge?"
            );
        await using var body = await response.Content.ReadAsStreamAsync(cancel);
        using var document = await JsonDocument.ParseAsync(body, cancellationToken: cancel);
        var named =
            document.RootElement.ValueKind == JsonValueKind.Object
            && document.RootElement.TryGetProperty("issuer", out var value)
            && value.ValueKind == JsonValueKind.String
                ? value.GetString()
                : null;
        return named?.TrimEnd('/') == issuer
            ? (true, "the Forge answers. Client id and secret are tried with the first sign-in.")
            : (false, "its discovery document names another issuer. Set FORGE_URL to exactly that issuer.");
    }

    /// <summary>Reads one open checkout, which needs no more rights than making one
    /// (https://docs.stripe.com/api/checkout/sessions/list).</summary>
    private async Task<(bool, string)> StripeAsync(StripeOptions stripe, CancellationToken cancel)
    {
        using var client = outgoing.Client();
        using var request = new HttpRequestMessage(
            HttpMethod.Get,
            new Uri(stripe.ApiUrl, "/v1/checkout/sessions?limit=1")
        );
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", stripe.SecretKey!.Reveal());
        using var response = await client.SendAsync(request, cancel);
        return (int)response.StatusCode switch
        {
            200 => (true, "Stripe answers and takes the key."),
            401 => (false, "Stripe does not know this key (401). Copy it again from the dashboard."),
            403 => (
                false,
                "Stripe takes the key but it may not read checkouts (403). A restricted key needs "
                    + "Checkout Sessions: write."
            ),
            var status => (status < 500, $"Stripe answers {status}."),
        };
    }

    private async Task<(bool, string)> MyceliumAsync(MyceliumApi mycelium, CancellationToken cancel)
    {
        using var client = mycelium.SocketPath is { } socket ? outgoing.ClientOf(socket) : outgoing.Client();
        using var response = await client.GetAsync(new Uri(mycelium.BaseAddress, "/api/v1/admin"), cancel);
        return response.IsSuccessStatusCode
            ? (true, "the daemon answers.")
            : (false, $"answers {(int)response.StatusCode}. Is this the API of a Mycelium daemon?");
    }

    /// <summary>Any answer below 500 will do: without a signed message there is nothing that it must accept.</summary>
    private async Task<(bool, string)> AnswersAsync(Uri address, string rest, CancellationToken cancel)
    {
        using var client = outgoing.Client();
        using var response = await client.GetAsync(address, HttpCompletionOption.ResponseHeadersRead, cancel);
        return (int)response.StatusCode < 500
            ? (true, $"answers. {rest}")
            : (false, $"answers {(int)response.StatusCode}.");
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
