using CsCheck;
using HeroOnboarding.Tests.Support;

namespace HeroOnboarding.Tests.Models;

/// <summary>
/// Random lives of plans, machines, a deployer with moods, probes and time, with crashes, each step held against
/// <see cref="PlanBook"/>: no machine goes from one
/// customer to the next before somebody called it erased, none is lost for ever, whatever is told is told under one id,
/// ends are exact, and so is the money.
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
