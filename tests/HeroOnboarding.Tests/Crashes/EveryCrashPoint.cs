using HeroOnboarding.Tests.Support;
using HeroOnboarding.Tests.Vms;

namespace HeroOnboarding.Tests.Crashes;

/// <summary>
/// The process dies after the n-th commit or call of a whole journey, for every n, each time with a new customer of the
/// same portal. The journey must end in the same state as without the crash. On PostgreSQL every third n is tested,
/// unless <c>CRASH_POINTS=all</c>.
/// </summary>
public sealed class EveryCrashPoint
{
    private static readonly bool All = Environment.GetEnvironmentVariable("CRASH_POINTS") == "all";

    [Theory, BothDatabases]
    public async Task Wherever_the_power_goes_out_the_journey_ends_the_same(Db db)
    {
        await using var town = await Town.StartAsync(db);
        // The first journey also creates what is created once: keys, and what is stored about the Forge.
        await Journey.LiveAsync(town, new Power(int.MaxValue), 0);
        var quiet = new Power(int.MaxValue);
        var expected = await Journey.LiveAsync(town, quiet, 1);
        Assert.Contains(
            "lease Released assigned=True erased=True, its machine Clean held=False",
            expected,
            StringComparison.Ordinal
        );
        ExpectEveryPoint(quiet);
        for (var survives = 0; survives < quiet.Seen.Count; survives += All || db == Db.Sqlite ? 1 : 3)
        {
            var power = new Power(survives);
            var end = await Journey.LiveAsync(town, power, 2 + survives);
            Assert.NotNull(power.WentOutAt);
            Assert.True(
                expected == end,
                $"The power went out {power.WentOutAt} (point {survives} of "
                    + $"{quiet.Seen.Count}).\nWithout:\n{expected}\nWith:\n{end}"
            );
        }
        await Invariants.HoldAsync(town.Portal);
        Assert.True((await town.Portal.RunJobAsync("credit.reconcile"))!.Ok);
    }

    /// <summary>The journey commits and calls at all these points.</summary>
    private static void ExpectEveryPoint(Power quiet)
    {
        foreach (
            var act in new[]
            {
                "account.sign_in",
                "kyc.start",
                "kyc.link",
                "kyc.verdict",
                "payment.intent",
                "payment.checkout",
                "payment.settle",
                "plan.buy_chosen",
                "vm.allocate",
                "vm.release",
                "outbox.delivered",
            }
        )
            Assert.Contains("after commit " + act, quiet.Seen);
        foreach (
            var path in new[]
            {
                "/login/oauth/access_token",
                "/v1/checkout/sessions",
                "/admin/assign-vm",
                "/admin/release-vm",
            }
        )
            Assert.Contains("after call " + path, quiet.Seen);
    }
}
