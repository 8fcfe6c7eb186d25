namespace HeroOnboarding.Accounts;

/// <summary>
/// A name such as "Firefox on Linux", by which customers recognise their browsers. A guess from the User-Agent header,
/// for display only.
/// </summary>
public static class Device
{
    // The order matters: a browser also names the browsers that it is compatible with.
    private static readonly (string Mark, string Name)[] Browsers =
    [
        ("Edg", "Edge"),
        ("OPR/", "Opera"),
        ("SamsungBrowser", "Samsung Internet"),
        ("Firefox/", "Firefox"),
        ("FxiOS", "Firefox"),
        ("CriOS", "Chrome"),
        ("HeadlessChrome", "Chrome"),
        ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
        ("curl/", "curl"),
    ];

    private static readonly (string Mark, string Name)[] Systems =
    [
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Android", "Android"),
        ("Windows", "Windows"),
        ("Mac OS X", "macOS"),
        ("CrOS", "ChromeOS"),
        ("Linux", "Linux"),
    ];

    /// <returns>"an unknown device" where the header matches no known browser or system.</returns>
    public static string Of(string? userAgent)
    {
        var (browser, system) = (Find(Browsers, userAgent), Find(Systems, userAgent));
        return (browser, system) switch
        {
            (null, null) => "an unknown device",
            (null, _) => system,
            (_, null) => browser,
            _ => $"{browser} on {system}",
        };
    }

    /// <summary>True for a telephone, on which usually no Mycelium node runs.</summary>
    public static bool IsPhone(string? userAgent) =>
        userAgent is not null
        && (
            userAgent.Contains("iPhone", StringComparison.Ordinal)
            || (
                userAgent.Contains("Mobile", StringComparison.Ordinal)
                && !userAgent.Contains("iPad", StringComparison.Ordinal)
            )
        );

    private static string? Find((string Mark, string Name)[] known, string? text) =>
        text is null ? null : known.FirstOrDefault(k => text.Contains(k.Mark, StringComparison.Ordinal)).Name;
}
