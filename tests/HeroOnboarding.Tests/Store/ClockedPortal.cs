using HeroOnboarding.Store;
using HeroOnboarding.Tests.Plans;
using HeroOnboarding.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Time.Testing;

namespace HeroOnboarding.Tests.Stores;

/// <summary>A portal whose clock the test sets, with or without a second clock in the database.</summary>
internal static class ClockedPortal
{
    public static async Task<(Portal Portal, SetClock Set)> StartAsync(Db db, bool elsewhere)
    {
        var clock = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        var set = new SetClock(clock);
        var portal = await Portal.StartAsync(
            db,
            Portal.Machines(2),
            clock: clock,
            adjust: services => services.Replace(ServiceDescriptor.Singleton<TimeProvider>(set))
        );
        portal.DatabaseAhead = elsewhere ? TimeSpan.Zero : null;
        return (portal, set);
    }

    /// <summary>What the background loop does every few seconds.</summary>
    public static Task<int> SweepAsync(Portal portal) =>
        portal.Services.GetRequiredService<JobRunner>().RunDueAsync(CancellationToken.None);

    /// <summary>Runs due jobs, lets time pass, and runs due jobs again.</summary>
    public static async Task AgreeAsync(Portal portal, TimeSpan? time = null)
    {
        await SweepAsync(portal);
        portal.Clock.Advance(time ?? ClockBrake.Agreeing);
        await SweepAsync(portal);
    }

    public static Task<BrakeState?> BrakeAsync(Portal portal) => portal.ReadAsync(d => ClockBrake.ReadAsync(d));
}
