using HeroOnboarding.Tests.Support;

namespace HeroOnboarding.Tests.Pool;

internal static class Probes
{
    /// <summary>Moves time by 90 seconds, so that every machine is due, and runs the job.</summary>
    /// <returns>The report of the job.</returns>
    public static async Task<string> ProbeAsync(this Portal portal)
    {
        portal.Clock.Advance(TimeSpan.FromSeconds(90));
        return (await portal.RunJobAsync("pool.probe"))!.Report;
    }

    /// <summary>Ids of the machines that are free but have not answered a probe lately.</summary>
    public static Task<IReadOnlyList<string>> UnprovenAsync(this Portal portal) =>
        Admin.Operators.WalkAsync(portal, "/admin/list-pool?state=unproven", "id", 50);
}
