using System.CommandLine;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using HeroOnboarding.Accounts.Forge;

namespace HeroOnboarding.Cli;

/// <summary>
/// <c>users resolve NAME</c>: the numeric id of a login, read from the Forge, for ADMIN_FORGE_USERS and
/// Admin → Operators.
/// </summary>
internal static class UsersCommand
{
    public static Command Create()
    {
        var name = new Argument<string>("NAME") { Description = "A login at the Forge." };
        var resolve = new Command("resolve", "Print the numeric id and the login of somebody at the Forge.") { name };
        resolve.SetAction((result, cancel) => ResolveAsync(result.GetValue(name)!, cancel));
        return new Command("users", "People at the Forge (needs FORGE_URL).") { resolve };
    }

    private static async Task<int> ResolveAsync(string name, CancellationToken cancel)
    {
        var forge = AllOptions.FromEnvironment().Get<ForgeOptions>();
        if (!forge.IsOn)
        {
            await Console.Error.WriteLineAsync(
                "Set FORGE_URL, FORGE_CLIENT_ID and FORGE_CLIENT_SECRET: the Forge is asked."
            );
            return 2;
        }
        try
        {
            using var client = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false })
            {
                Timeout = TimeSpan.FromSeconds(30),
                MaxResponseContentBufferSize = 1024 * 1024,
            };
            // "." and ".." would change the path.
            using var request = new HttpRequestMessage(
                HttpMethod.Get,
                new Uri(forge.Url, "/api/v1/users/" + Uri.EscapeDataString(name.Trim('.', '/')))
            );
            request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));
            using var response = await client.SendAsync(request, cancel);
            if (response.StatusCode == HttpStatusCode.OK)
                return await PrintAsync(await response.Content.ReadAsStringAsync(cancel));
            await Console.Error.WriteLineAsync(
                response.StatusCode == HttpStatusCode.NotFound
                    ? $"Nobody at {forge.Url} is called {name}, or their page is hidden from strangers."
                    : $"The Forge at {forge.Url} answered {(int)response.StatusCode}."
            );
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException)
        {
            await Console.Error.WriteLineAsync($"The Forge at {forge.Url} does not answer: {e.Message}");
        }
        catch (Exception e)
            when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            await Console.Error.WriteLineAsync($"What answers at {forge.Url} is no Forge.");
        }
        return 1;
    }

    private static async Task<int> PrintAsync(string text)
    {
        using var document = JsonDocument.Parse(text);
        await Console.Out.WriteLineAsync(
            $"{document.RootElement.GetProperty("id").GetInt64()} "
                + $"{SafeText.Clean(document.RootElement.GetProperty("login").GetString()!)}"
        );
        return 0;
    }
}
