using HeroOnboarding.Bench.Lease;
using HeroOnboarding.Bench.Pages;

namespace HeroOnboarding.Bench;

internal static class Entry
{
    /// <summary>
    /// The commands <c>host</c>, <c>load</c> and <c>arrive</c> are internal: the same executable is also the measured
    /// portal and the load generator, each in a process of its own.
    /// </summary>
    private static async Task<int> Main(string[] args) =>
        args switch
        {
            ["host", .. var rest] => await PortalHost.RunAsync(Options.Parse(rest)),
            ["load", .. var rest] => await LoadProcess.RunAsync(Options.Parse(rest)),
            ["arrive", .. var rest] => await Arrivals.RunAsync(Options.Parse(rest)),
            ["overload", .. var rest] => await OverloadBench.RunAsync(Options.Parse(rest)),
            ["lease", .. var rest] => await LeaseBench.RunAsync(Options.Parse(rest)),
            ["pages", .. var rest] => await PagesBench.RunAsync(Options.Parse(rest)),
            ["refresh", .. var rest] => await RefreshBench.RunAsync(Options.Parse(rest)),
            ["start", .. var rest] => await StartBench.RunAsync(Options.Parse(rest)),
            _ => Options.Complain(),
        };
}
