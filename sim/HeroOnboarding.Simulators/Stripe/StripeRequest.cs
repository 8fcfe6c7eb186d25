namespace HeroOnboarding.Simulators.Stripe;

/// <summary>One parsed API call.</summary>
/// <param name="Form">Parameters of body or query, sorted by name.</param>
/// <param name="Id">The object in the path; empty for none.</param>
internal sealed record StripeRequest(
    string Method,
    string Path,
    string Id,
    SortedDictionary<string, string> Form,
    string ApiKey,
    string? IdempotencyKey,
    string? Version
)
{
    private const string Bearer = "Bearer ";

    /// <summary>Header <c>Request-Id</c> of the answer.</summary>
    public string RequestId { get; } = StripeId.New("req_", 14);

    public bool Livemode => ApiKey.StartsWith("sk_live_", StringComparison.Ordinal);

    /// <summary>A parameter; null when it was not sent.</summary>
    public string? this[string name] => Form.GetValueOrDefault(name);

    public static async Task<StripeRequest> ReadAsync(HttpContext http)
    {
        var request = http.Request;
        var pairs =
            HttpMethods.IsGet(request.Method) ? request.Query.Select(pair => pair)
            : request.HasFormContentType ? await request.ReadFormAsync(http.RequestAborted)
            : [];
        var form = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, values) in pairs)
            form[name] = values.ToString();
        var authorization = request.Headers.Authorization.ToString();
        return new StripeRequest(
            request.Method,
            request.Path.ToString(),
            http.GetRouteValue("id")?.ToString() ?? "",
            form,
            authorization.StartsWith(Bearer, StringComparison.Ordinal) ? authorization[Bearer.Length..] : "",
            HttpMethods.IsPost(request.Method) && request.Headers.TryGetValue("Idempotency-Key", out var key)
                ? key.ToString()
                : null,
            request.Headers.TryGetValue("Stripe-Version", out var version) ? version.ToString() : null
        );
    }

    /// <summary>
    /// The texts in the first brackets after <paramref name="name"/>: <c>0</c> and <c>1</c> for
    /// <c>line_items[0][quantity]</c> and so on.
    /// </summary>
    public IReadOnlyList<string> Under(string name) =>
        [
            .. Form
                .Keys.Where(key => key.StartsWith(name + "[", StringComparison.Ordinal))
                .Select(key => key[(name.Length + 1)..].Split(']')[0])
                .Distinct(),
        ];

    /// <summary>A map such as <c>metadata[order_id]</c>.</summary>
    public IReadOnlyDictionary<string, string> Map(string name) =>
        Under(name).ToDictionary(key => key, key => this[$"{name}[{key}]"] ?? "");

    /// <summary>The list parameter <c>expand[]</c>, with or without index.</summary>
    public IReadOnlyList<string> Expand =>
        [
            .. Form.Where(pair => pair.Key.StartsWith("expand[", StringComparison.Ordinal))
                .SelectMany(pair => pair.Value.Split(',')),
        ];
}
