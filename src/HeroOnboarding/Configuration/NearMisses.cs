namespace HeroOnboarding.Configuration;

/// <summary>Finds environment variables whose names resemble a setting.</summary>
internal static class NearMisses
{
    /// <returns>Sentences such as "FORGE_CLIENTID is not a setting; did you mean FORGE_CLIENT_ID?",
    /// ordered by name.</returns>
    public static IEnumerable<string> Find(IEnumerable<string> names, IReadOnlySet<string> known) =>
        names
            .Where(n => !known.Contains(n) && !EnvironmentSettings.IsLogging(n))
            .Order(StringComparer.Ordinal)
            .Select(n => Suspicion(n, known))
            .OfType<string>();

    /// <summary>
    /// The sentence for a name that is one or two letters different from a setting, or has the portal's prefix;
    /// null for others.
    /// </summary>
    private static string? Suspicion(string name, IReadOnlySet<string> known)
    {
        // Kubernetes defines variables of this form for its services.
        if (
            name.Length < 5
            || name.Contains("_SERVICE_", StringComparison.Ordinal)
            || name.Contains("_PORT", StringComparison.Ordinal)
        )
            return null;
        var near = known.Select(k => (Name: k, Distance: Distance(name.ToUpperInvariant(), k))).MinBy(k => k.Distance);
        return
            near.Distance <= 2 && near.Distance < near.Name.Length / 3
            || name.StartsWith("HERO_ONBOARDING_", StringComparison.Ordinal)
            ? $"{name} is not a setting; did you mean {near.Name}?"
            : null;
    }

    /// <summary>The number of letters to add, remove or replace (Levenshtein distance).</summary>
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
