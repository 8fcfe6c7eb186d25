using System.CommandLine;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using HeroOnboarding.Admin;

namespace HeroOnboarding.Cli;

/// <summary><c>pool show</c> and <c>pool refresh FILE</c>: over HTTP with the operator secret, since only the server opens the store.</summary>
internal static class PoolCommands
{
    public static Command Create()
    {
        var url = new Option<string>("--url") { Description = "Where the portal is.", DefaultValueFactory = _ => Settings.FromEnvironment().PublicBaseUrl.ToString() };
        var json = new Option<bool>("--json") { Description = "Print the server's JSON." };
        var show = new Command("show", "List the machines of the pool.") { url, json };
        show.SetAction((result, cancel) => ShowAsync(result.GetValue(url)!, result.GetValue(json), cancel));
        var file = new Argument<string>("FILE") { Description = "Pool JSON, or - for standard input." };
        var refresh = new Command("refresh", "Replace the whole pool; machines that are held stay held.") { file, url };
        refresh.SetAction((result, cancel) => RefreshAsync(result.GetValue(file)!, result.GetValue(url)!, cancel));
        return new Command("pool", "Look at the pool or replace it (needs HERO_ONBOARDING_ADMIN_SECRET).") { show, refresh };
    }

    private static async Task<int> ShowAsync(string url, bool json, CancellationToken cancel)
    {
        string? after = null;
        do
        {
            var (ok, text) = await SendAsync(url, HttpMethod.Get, "/admin/list-pool?size=200" + (after is null ? "" : "&after=" + Uri.EscapeDataString(after)), null, cancel);
            if (!ok)
                return 1;
            if (json)
                await Console.Out.WriteLineAsync(text);
            try
            {
                after = Print(text, json ? TextWriter.Null : Console.Out);
            }
            catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException)
            {
                await Console.Error.WriteLineAsync($"What answers at {url} is not this portal.");
                return 1;
            }
        }
        while (after is not null);
        return 0;
    }

    /// <returns>Where the list goes on, or null at its end.</returns>
    private static string? Print(string text, TextWriter output)
    {
        using var document = JsonDocument.Parse(text);
        foreach (var vm in document.RootElement.GetProperty("rows").EnumerateArray())
        {
            var address = vm.TryGetProperty("address", out var known) ? known.GetString() : "—";
            output.WriteLine($"{vm.GetProperty("id").GetString(),-24} {vm.GetProperty("state").GetString(),-12} lease {vm.GetProperty("lease_number").GetInt64(),-6} {address}");
        }
        return document.RootElement.TryGetProperty("next", out var next) ? next.GetString() : null;
    }

    private static async Task<int> RefreshAsync(string file, string url, CancellationToken cancel)
    {
        string body;
        try
        {
            body = file == "-" ? await Console.In.ReadToEndAsync(cancel) : await File.ReadAllTextAsync(file, cancel);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            await Console.Error.WriteLineAsync($"Cannot read {file}: {e.Message}");
            return 1;
        }
        var (ok, text) = await SendAsync(url, HttpMethod.Post, "/admin/pool-refresh", body, cancel);
        if (ok)
            await Console.Out.WriteLineAsync(text);
        return ok ? 0 : 1;
    }

    internal static async Task<(bool Ok, string Text)> SendAsync(string url, HttpMethod method, string path, string? body, CancellationToken cancel)
    {
        if (Settings.FromEnvironment().AdminSecret is not { } secret)
        {
            await Console.Error.WriteLineAsync("Set HERO_ONBOARDING_ADMIN_SECRET to the portal's operator secret.");
            return (false, "");
        }
        try
        {
            // A redirect must not carry the secret elsewhere.
            using var client = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false }) { Timeout = TimeSpan.FromSeconds(100) };
            using var request = new HttpRequestMessage(method, new Uri(new Uri(url), path));
            request.Headers.Add(OperatorAuthentication.Header, secret.Reveal());
            request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));
            if (body is not null)
                request.Content = new StringContent(body, new MediaTypeHeaderValue("application/json"));
            using var response = await client.SendAsync(request, cancel);
            var text = await response.Content.ReadAsStringAsync(cancel);
            if (response.StatusCode is HttpStatusCode.OK or HttpStatusCode.Created)
                return (true, text);
            await Console.Error.WriteLineAsync($"The portal answered {(int)response.StatusCode}: {text}");
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException or UriFormatException)
        {
            await Console.Error.WriteLineAsync($"The portal at {url} does not answer: {e.Message}");
        }
        return (false, "");
    }
}
