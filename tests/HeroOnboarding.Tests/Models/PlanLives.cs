using CsCheck;
using HeroOnboarding.Tests.Support;

namespace HeroOnboarding.Tests.Models;

/// <summary>
/// Random sequences of steps with plans, machines, a deployer that fails, probes, time and crashes. Each step is
/// compared with <see cref="PlanBook"/>. No machine goes to another customer before it is reported erased, and none
/// stays unusable. Each notice is sent under one id. Ends of plans and credit are exact.
/// </summary>
public sealed class PlanLives
{
    [Theory, BothDatabases]
    public async Task Plans_end_machines_come_back_and_the_money_is_right_whatever_happens(Db db)
    {
        var steps = Setting("MODEL_STEPS", 30);
        var seed = Environment.GetEnvironmentVariable("MODEL_SEED");
        await PlanStep
            .Any.Array[steps, steps]
            .SampleAsync(
                life => OneLife.LiveAsync(db, life),
                iter: Setting("MODEL_RUNS", 4),
                threads: 1,
                seed: string.IsNullOrEmpty(seed) ? null : seed,
                print: life => string.Join('\n', life.Select(s => s.ToString()))
            );
    }

    private static int Setting(string name, int otherwise) =>
        int.TryParse(Environment.GetEnvironmentVariable(name), out var number) ? number : otherwise;
}
