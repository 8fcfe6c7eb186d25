namespace HeroOnboarding.Accounts;

/// <summary>
/// "Firefox on Linux": what people recognise their own browser by. A guess from the User-Agent header, for show only.
/// </summary>
public static class Device
{
    // In this order: every browser also names the ones it descends from.
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

    /// <returns>"an unknown device" where the header says nothing that we know.</returns>
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

    /// <summary>A telephone, on which no node runs as a rule.</summary>
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
