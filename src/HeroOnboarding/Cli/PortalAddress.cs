using System.CommandLine;
using System.Net;
using System.Net.Http.Headers;
using HeroOnboarding.Admin.Access;
using HeroOnboarding.Web;

namespace HeroOnboarding.Cli;

/// <summary>
/// The command-line options with the portal's address, for every command that sends it the operator secret.
/// </summary>
internal sealed class PortalArguments
{
    private readonly Option<string> url = new("--url")
    {
        Description = "Where the portal is.",
        DefaultValueFactory = _ => AllOptions.FromEnvironment().Get<PortalOptions>().PublicBaseUrl.ToString(),
    };

    private readonly Option<bool> insecure = new("--insecure")
    {
        Description =
            "Send the operator secret over plain http also to another machine. Anybody on the way can read it.",
    };

    /// <summary>Adds both options to a command.</summary>
    public void AddTo(Command command)
    {
        command.Options.Add(url);
        command.Options.Add(insecure);
    }

    public PortalAddress Of(ParseResult result) => new(result.GetValue(url)!, result.GetValue(insecure));
}

/// <summary>The portal that a command sends HTTP requests to.</summary>
/// <param name="Url">As it was entered.</param>
/// <param name="Insecure">Whether the operator secret may be sent over plain http to another computer.</param>
internal sealed record PortalAddress(string Url, bool Insecure)
{
    /// <summary>Sends one request with the operator secret. A failure is a sentence on standard error.</summary>
    /// <param name="body">JSON; null for no body.</param>
    /// <returns>The body of a 200 or 201; for any other answer <c>Ok</c> is false.</returns>
    public async Task<(bool Ok, string Text)> SendAsync(
        HttpMethod method,
        string path,
        string? body,
        CancellationToken cancel
    )
    {
        if (AllOptions.FromEnvironment().Get<OperatorOptions>().AdminSecret is not { } secret)
            return await FailAsync("Set HERO_ONBOARDING_ADMIN_SECRET to the portal's operator secret.");
        if (secret.Reveal().Any(c => c is < '!' or > '~'))
            return await FailAsync("HERO_ONBOARDING_ADMIN_SECRET has characters that cannot be sent in a header.");
        var (address, mistake) = Read();
        if (address is null)
            return await FailAsync(mistake);
        try
        {
            // A redirect must not carry the secret to another host, and a proxy of the environment must not read it
            // from plain http.
            using var client = new HttpClient(
                new SocketsHttpHandler { AllowAutoRedirect = false, UseProxy = address.Scheme == Uri.UriSchemeHttps }
            );
            client.Timeout = TimeSpan.FromSeconds(100);
            using var request = new HttpRequestMessage(method, new Uri(address, path));
            request.Headers.Add(OperatorAuthentication.Header, secret.Reveal());
            request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));
            if (body is not null)
                request.Content = new StringContent(body, new MediaTypeHeaderValue("application/json"));
            using var response = await client.SendAsync(request, cancel);
            var text = await response.Content.ReadAsStringAsync(cancel);
            return response.StatusCode is HttpStatusCode.OK or HttpStatusCode.Created
                ? (true, text)
                : await FailAsync($"The portal answered {(int)response.StatusCode}: {text}");
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException)
        {
            return await FailAsync($"The portal at {Url} does not answer: {e.Message}");
        }
    }

    /// <summary>The address, or a sentence that explains why the operator secret is not sent there.</summary>
    private (Uri? Address, string Mistake) Read()
    {
        if (
            !Uri.TryCreate(Url, UriKind.Absolute, out var address)
            || address.Scheme is not ("http" or "https")
            || address.UserInfo.Length > 0
        )
            return (null, $"--url is '{Url}'; it must look like https://portal.example.org, without a user name.");
        if (address.Scheme == Uri.UriSchemeHttp && !address.IsLoopback && !Insecure)
            return (
                null,
                $"--url is '{Url}': over plain http to another machine anybody on the way can read the operator "
                    + "secret. "
                    + "Use https, or say --insecure. Nothing was sent."
            );
        return (address, "");
    }

    private static async Task<(bool Ok, string Text)> FailAsync(string sentence)
    {
        await Console.Error.WriteLineAsync(sentence);
        return (false, "");
    }
}
