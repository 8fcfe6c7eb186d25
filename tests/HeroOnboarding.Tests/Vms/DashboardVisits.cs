using HeroOnboarding.Tests.Support;

namespace HeroOnboarding.Tests.Vms;

internal static class DashboardVisits
{
    /// <summary>Settings with a support page.</summary>
    public static IReadOnlyDictionary<string, string?> Support { get; } =
        new Dictionary<string, string?> { ["SUPPORT_URL"] = "https://help.example.org/" };

    /// <summary>The HTML of the dashboard, or of another page.</summary>
    public static async Task<string> OpenDashboardAsync(this Customer customer, string page = "/dashboard") =>
        (await customer.Browser.OpenAsync(page)).Expect(200).Body;
}
