using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using HeroOnboarding.Plans;

namespace HeroOnboarding;

/// <summary>
/// Turns texts of the environment into values and collects mistakes, a sentence each, instead of stopping at the first.
/// </summary>
internal sealed partial class SettingsReader
{
    private static readonly Dictionary<string, SettingDescription> Known = Settings.Descriptions.ToDictionary(
        k => k.Name,
        StringComparer.Ordinal
    );
    private readonly Dictionary<string, string> values = new(StringComparer.Ordinal);
    private readonly List<string> mistakes = [];

    public SettingsReader(IReadOnlyDictionary<string, string?> environment)
    {
        foreach (var folder in new[] { "/run/secrets", environment.GetValueOrDefault("CREDENTIALS_DIRECTORY") })
            if (folder is not null && Directory.Exists(folder))
                foreach (var name in Known.Keys.Where(n => File.Exists(Path.Combine(folder, n))))
                    ReadFile(name, Path.Combine(folder, name));
        foreach (var (name, value) in environment)
            if (Known.ContainsKey(name) && !string.IsNullOrWhiteSpace(value))
                values[name] = value.Trim();
        NearMisses =
        [
            .. environment
                .Keys.Where(n => !Known.ContainsKey(n))
                .Order(StringComparer.Ordinal)
                .Select(Suspicion)
                .OfType<string>(),
        ];
    }

    private void ReadFile(string name, string path)
    {
        try
        {
            values[name] = File.ReadAllText(path).TrimEnd('\r', '\n');
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            mistakes.Add($"{name}: cannot read the file '{path}'.");
        }
    }

    public IReadOnlyList<string> Mistakes => mistakes;
    public IReadOnlyList<string> NearMisses { get; }

    public string? Text(string name) => values.GetValueOrDefault(name) ?? Known[name].Default;

    public Secret? Secret(string name) => Text(name) is { } text ? new Secret(text) : null;

    public bool Flag(string name) => OneOf(name, "false", "true", "0", "1", "no", "yes") is "true" or "1" or "yes";

    public string OneOf(string name, params string[] allowed)
    {
        var text = Text(name)!.ToLowerInvariant();
        if (allowed.Contains(text))
            return text;
        mistakes.Add($"{name} is '{Text(name)}'; it must be one of {string.Join(", ", allowed)}.");
        return allowed[0];
    }

    public int Number(string name, int least, int most)
    {
        if (
            int.TryParse(Text(name), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            && number >= least
            && number <= most
        )
            return number;
        mistakes.Add($"{name} is '{Text(name)}'; it must be a whole number from {least} to {most}.");
        return least;
    }

    public Secret? LongSecret(string name)
    {
        var secret = Secret(name);
        if (secret is { Bytes: < 32 })
            mistakes.Add($"{name} has {secret.Bytes} bytes; it needs at least 32 (for example: openssl rand -hex 32).");
        return secret;
    }

    public Secret WebhookSecret(string name)
    {
        var text = Text(name)!;
        var raw = new byte[128];
        if (
            !text.StartsWith("whsec_", StringComparison.Ordinal)
            || !Convert.TryFromBase64String(text["whsec_".Length..], raw, out var length)
            || length is < 24 or > 64
        )
            mistakes.Add(
                $"{name} must be 'whsec_' followed by base64 of 24 to 64 bytes (for example: echo whsec_$(openssl "
                    + "rand -base64 32))."
            );
        return new Secret(text);
    }

    public Uri BaseUrl(string name)
    {
        if (
            Uri.TryCreate(Text(name), UriKind.Absolute, out var url)
            && url.Scheme is "http" or "https"
            && url.AbsolutePath == "/"
            && url.Query.Length == 0
            && url.UserInfo.Length == 0
        )
        {
            if (url.Scheme == "http" && !url.IsLoopback)
                mistakes.Add($"{name} is plain http outside loopback; session cookies and sign-in need https.");
            return url;
        }
        mistakes.Add($"{name} is '{Text(name)}'; it must look like https://portal.example.org, without a path.");
        return new Uri("http://127.0.0.1:9920");
    }

    /// <summary>The address of another system: https, or http on loopback while we are on loopback ourselves.</summary>
    public Uri Vendor(string name)
    {
        if (
            Uri.TryCreate(Text(name), UriKind.Absolute, out var url)
            && url.UserInfo.Length == 0
            && (url.Scheme == "https" || (url.Scheme == "http" && url.IsLoopback))
        )
            return url;
        mistakes.Add($"{name} is not an https address (plain http is accepted on loopback only).");
        return new Uri("https://invalid.invalid");
    }

    public string? Link(string name)
    {
        var text = Text(name);
        if (
            text is not null
            && !(Uri.TryCreate(text, UriKind.Absolute, out var url) && url.Scheme is "https" or "mailto")
        )
            mistakes.Add($"{name} is '{text}'; it must be an https or mailto link.");
        return text;
    }

    public IReadOnlyList<IPNetwork> Networks(string name)
    {
        var networks = new List<IPNetwork>();
        foreach (
            var part in (Text(name) ?? "").Split(
                ',',
                StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries
            )
        )
            if (IPNetwork.TryParse(part, out var network))
                networks.Add(network);
            else if (IPAddress.TryParse(part, out var address))
                networks.Add(new IPNetwork(address, address.GetAddressBytes().Length * 8));
            else
                mistakes.Add($"{name} has '{part}', which is neither an address nor a network such as 10.0.0.0/8.");
        return networks;
    }

    public X509Certificate2? Certificate(string name)
    {
        try
        {
            return Text(name) is { } path ? X509Certificate2.CreateFromPemFile(path) : null;
        }
        catch (Exception e) when (e is CryptographicException or IOException or UnauthorizedAccessException)
        {
            mistakes.Add($"{name}: cannot read a certificate with its private key from '{Text(name)}'.");
            return null;
        }
    }

    public string? TextOrFile(string name)
    {
        var text = Text(name);
        if (text is null || !text.StartsWith('@'))
            return text;
        try
        {
            return File.ReadAllText(text[1..]);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            mistakes.Add($"{name}: cannot read the file '{text[1..]}'.");
            return "[]";
        }
    }

    public bool AllOrNone(params string[] names)
    {
        var missing = names.Where(n => Text(n) is null).ToList();
        if (missing.Count > 0 && missing.Count < names.Length)
            mistakes.Add(
                $"{string.Join(" and ", names.Except(missing))} "
                    + $"{(names.Length - missing.Count == 1 ? "is" : "are")} set but "
                    + $"{string.Join(" and ", missing)} {(missing.Count == 1 ? "is" : "are")} not; set all of "
                    + $"{string.Join(", ", names)} or none."
            );
        return missing.Count == 0;
    }

    public IReadOnlyList<PlanConfig> Plans(string name)
    {
        if (Text(name) is not { } json)
            return PlanConfig.BuiltIn;
        var (plans, error) = PlanConfig.Parse(json);
        if (error is not null)
            mistakes.Add($"{name}: {error}");
        return plans;
    }

    /// <summary>Mistakes that only show when values are seen together.</summary>
    public void CheckWhole(Settings settings)
    {
        if (settings.VmPoolJson is { } json)
            foreach (var error in HeroOnboarding.Pool.PoolJson.Parse(json, settings.IsDevelopment).Errors)
                mistakes.Add("VM_POOL_JSON: " + error);
        if (settings.DatabaseUrl is { } url)
            try
            {
                Store.Postgres.PostgresUrl.Read(url.Reveal());
            }
            catch (SettingsException e)
            {
                mistakes.Add(e.Message);
            }
        if (settings.AdminSecretNext is not null && settings.AdminSecret is null)
            mistakes.Add("HERO_ONBOARDING_ADMIN_SECRET_NEXT is set but HERO_ONBOARDING_ADMIN_SECRET is not.");
        if (
            settings.AdminForgeUsers.Count > 0
            && settings.Forge is null
            && new[] { "FORGE_URL", "FORGE_CLIENT_ID", "FORGE_CLIENT_SECRET" }.All(n => Text(n) is null)
        )
            mistakes.Add(
                "ADMIN_FORGE_USERS is set but FORGE_URL, FORGE_CLIENT_ID and FORGE_CLIENT_SECRET are not; operators "
                    + "sign in with the Forge."
            );
        foreach (
            var (name, vendor) in new[]
            {
                ("FORGE_URL", settings.Forge?.Url),
                ("DEPLOYER_URL", settings.Deployer?.Url),
                ("STRIPE_API_URL", settings.Stripe?.ApiUrl),
                ("IDENFY_API_URL", settings.Idenfy?.ApiUrl),
            }
        )
            if (vendor is { IsLoopback: true } && !settings.PublicBaseUrl.IsLoopback)
                mistakes.Add(
                    $"{name} is a loopback address while PUBLIC_BASE_URL is public; simulators are for development "
                        + "only."
                );
        CheckMoney(settings);
        if (
            !Uri.TryCreate(settings.Listen, UriKind.Absolute, out var listen)
            || listen.Scheme is not ("http" or "https")
            || listen.PathAndQuery != "/"
        )
            mistakes.Add($"LISTEN is '{settings.Listen}'; it must look like http://127.0.0.1:9920.");
    }

    /// <summary>
    /// "FORGE_CLIENT_ID_ is unknown; did you mean FORGE_CLIENT_ID?" for names one or two letters away.
    /// </summary>
    private static string? Suspicion(string name)
    {
        // Kubernetes names its services in variables of this form.
        if (
            name.Length < 5
            || name.Contains("_SERVICE_", StringComparison.Ordinal)
            || name.Contains("_PORT", StringComparison.Ordinal)
        )
            return null;
        var near = Known
            .Keys.Select(k => (Name: k, Distance: Distance(name.ToUpperInvariant(), k)))
            .MinBy(k => k.Distance);
        return
            near.Distance <= 2 && near.Distance < near.Name.Length / 3
            || name.StartsWith("HERO_ONBOARDING_", StringComparison.Ordinal)
            ? $"{name} is not a setting; did you mean {near.Name}?"
            : null;
    }

    private static int Distance(string a, string b)
    {
        var row = Enumerable.Range(0, b.Length + 1).ToArray();
        for (var i = 1; i <= a.Length; i++)
        {
            var diagonal = row[0]++;
            for (var j = 1; j <= b.Length; j++)
                (diagonal, row[j]) = (
                    row[j],
                    Math.Min(Math.Min(row[j], row[j - 1]) + 1, diagonal + (a[i - 1] == b[j - 1] ? 0 : 1))
                );
        }
        return row[^1];
    }
}
