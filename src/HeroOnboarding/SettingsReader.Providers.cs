namespace HeroOnboarding;

/// <summary>
/// The providers of money and identity: wholly unset is off, half set is a mistake, and real money allows no toys
/// beside it.
/// </summary>
internal sealed partial class SettingsReader
{
    private static readonly string[] StripeKinds = ["sk_test_", "sk_live_", "rk_test_", "rk_live_"];

    /// <param name="older">The original's name of <paramref name="key"/>, for test keys.</param>
    public StripeSettings? Stripe(string key, string older, string apiUrl, string[] webhooks)
    {
        if (Text(key) is { } now && Text(older) is { } before && now != before)
            mistakes.Add($"{key} and {older} are both set and differ; keep the first.");
        var name = Text(key) is null && Text(older) is not null ? older : key;
        var secrets = SecretPair(webhooks);
        if (!AllOrNone(name, webhooks[0]))
            return null;
        var secret = Secret(name)!;
        if (!StripeKinds.Any(k => secret.Reveal().StartsWith(k, StringComparison.Ordinal) && secret.Bytes > k.Length))
            mistakes.Add(
                $"{name} must be a secret or restricted key of Stripe: it starts with {string.Join(", ", StripeKinds)}."
            );
        if (name == older && secret.Reveal().Contains("_live_", StringComparison.Ordinal))
            mistakes.Add($"{older} is a live key; set it as {key}.");
        foreach (var (webhook, signing) in secrets)
            if (!signing.Reveal().StartsWith("whsec_", StringComparison.Ordinal) || signing.Bytes < 12)
                mistakes.Add($"{webhook} must be the signing secret of the webhook endpoint; it starts with whsec_.");
        return new(Vendor(apiUrl), secret, [.. secrets.Select(s => s.Secret)]);
    }

    /// <param name="devMode">Asks for made-up results; takes a dev key.</param>
    public IdenfySettings? Idenfy(string apiUrl, string[] keys, string[] webhooks, string environment, string devMode)
    {
        var kind = OneOf(environment, "production", "demo", "test", "dev");
        var mode = OneOf(devMode, "false", "true", "0", "1", "no", "yes", "approved", "denied", "suspected", "expired");
        var dummy =
            mode is "false" or "0" or "no" ? null
            : mode is "true" or "1" or "yes" ? "APPROVED"
            : mode.ToUpperInvariant();
        var secrets = SecretPair(webhooks);
        if (!AllOrNone([.. keys, webhooks[0]]))
        {
            if (dummy is not null)
                mistakes.Add($"{devMode} is on but {string.Join(", ", keys)} and {webhooks[0]} are not all set.");
            return null;
        }
        if (dummy is not null && kind != "dev")
            mistakes.Add($"{devMode} is on but {environment} is '{kind}'; made-up results need a dev key.");
        foreach (var (webhook, signing) in secrets)
            if (signing.Bytes < 16)
                mistakes.Add($"{webhook} has {signing.Bytes} bytes; it needs at least 16.");
        return new(Vendor(apiUrl), Secret(keys[0])!, Secret(keys[1])!, [.. secrets.Select(s => s.Secret)], kind, dummy);
    }

    /// <summary>
    /// The daemon asks nobody for a password: whoever reaches it acts as the node, so it must be on this machine.
    /// </summary>
    public MyceliumSettings? Mycelium(string name)
    {
        if (Text(name) is not { } text)
            return null;
        if (text.StartsWith("unix:", StringComparison.Ordinal) && text["unix:".Length..] is ['/', ..] path)
            return new(new Uri("http://localhost"), path.StartsWith("//", StringComparison.Ordinal) ? path[2..] : path);
        if (
            Uri.TryCreate(text, UriKind.Absolute, out var url)
            && url is { Scheme: "http", IsLoopback: true, UserInfo: "", AbsolutePath: "/", Query: "" }
        )
            return new(url, null);
        mistakes.Add(
            $"{name} is '{text}'; it must be http://127.0.0.1:8989 or another loopback address without a path, or "
                + "unix:/path/of/the/socket."
        );
        return null;
    }

    public ProbeSettings? Probe(string kind, string every, string maxAge, string timeout, string atOnce, string cidrs)
    {
        var way = OneOf(kind, "off", "tcp", "http");
        var probe = new ProbeSettings(
            way == "http",
            TimeSpan.FromSeconds(Number(every, 5, 86_400)),
            TimeSpan.FromSeconds(Number(maxAge, 10, 604_800)),
            TimeSpan.FromSeconds(Number(timeout, 1, 60)),
            Number(atOnce, 1, 1000),
            Networks(cidrs)
        );
        if (probe.MaxAge < probe.Every * 2)
            mistakes.Add($"{maxAge} is below twice {every}; machines would fall out of the pool between two probes.");
        return way == "off" ? null : probe;
    }

    /// <summary>"1001:owner,1002:viewer": each numeric id once, with one of the roles.</summary>
    public IReadOnlyDictionary<string, Admin.Access.OperatorRole> Operators(string name)
    {
        var roles = Enum.GetValues<Admin.Access.OperatorRole>().ToDictionary(Names.Of, StringComparer.Ordinal);
        var users = new Dictionary<string, Admin.Access.OperatorRole>(StringComparer.Ordinal);
        foreach (
            var entry in (Text(name) ?? "").Split(
                ',',
                StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries
            )
        )
        {
            var parts = entry.Split(':', StringSplitOptions.TrimEntries);
            if (!Admin.Access.SetOperator.IsForgeId(parts[0]))
                mistakes.Add(
                    $"{name} has '{entry}'; people are named by their numeric Forge id, such as 1001:owner "
                        + "('hero-onboarding users resolve NAME' finds it)."
                );
            else if (parts.Length != 2 || !roles.TryGetValue(parts[1], out var role))
                mistakes.Add(
                    $"{name} has '{entry}'; each id needs one of the roles "
                        + $"{string.Join(", ", roles.Keys)}, such as {parts[0]}:viewer."
                );
            else if (!users.TryAdd(parts[0], role))
                mistakes.Add($"{name} names {parts[0]} twice.");
        }
        return users;
    }

    /// <summary>The secrets that are set; a second one alone is a mistake.</summary>
    private List<(string Name, Secret Secret)> SecretPair(string[] names)
    {
        if (Text(names[0]) is null && Text(names[1]) is not null)
            mistakes.Add($"{names[1]} is set but {names[0]} is not.");
        return [.. names.Where(n => Text(n) is not null).Select(n => (n, Secret(n)!))];
    }

    private void CheckMoney(Settings settings)
    {
        // What is no number was named already.
        if (
            settings.TopUpMinCents > settings.TopUpMaxCents
            && !mistakes.Any(m => m.StartsWith("TOPUP_", StringComparison.Ordinal))
        )
            mistakes.Add("TOPUP_MIN_CENTS is above TOPUP_MAX_CENTS.");
        if (!settings.TakesLivePayments)
            return;
        var missing = new[] { "TERMS_URL", "PRIVACY_URL", "REFUND_POLICY_URL", "SELLER_NAME", "SELLER_ADDRESS" }
            .Where(n => Text(n) is null)
            .ToList();
        if (missing.Count > 0)
            mistakes.Add($"STRIPE_SECRET_KEY is a live key; selling needs {string.Join(", ", missing)} as well.");
        if (settings.Stripe!.ApiUrl != StripeSettings.RealApi)
            mistakes.Add("STRIPE_SECRET_KEY is a live key but STRIPE_API_URL is not https://api.stripe.com.");
        if (settings.IsDemoPool)
            mistakes.Add(
                "STRIPE_SECRET_KEY is a live key while PROVISIONER_DEMO hands out sample machines; set VM_POOL_JSON."
            );
        if (settings.Idenfy is { DummyStatus: not null })
            mistakes.Add("IDENFY_DEV_MODE is on with a live payment key; nobody's identity would be checked.");
        else if (settings.Idenfy is not null && !values.ContainsKey("IDENFY_ENVIRONMENT"))
            mistakes.Add("IDENFY_ENVIRONMENT is not set with a live payment key; say what IDENFY_API_KEY is good for.");
        else if (settings.Idenfy is { Environment: not IdenfySettings.Production } idenfy)
            mistakes.Add(
                $"IDENFY_ENVIRONMENT is '{idenfy.Environment}' with a live payment key; use a production key."
            );
    }
}
