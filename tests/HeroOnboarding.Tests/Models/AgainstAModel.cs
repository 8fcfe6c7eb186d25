using CsCheck;
using HeroOnboarding.Tests.Support;

namespace HeroOnboarding.Tests.Models;

/// <summary>
/// Random lives of a portal, each step held against a few plain collections. <c>./bench model --seed S --steps N --runs
/// M</c> runs longer; a failure prints its seed and the shortest life that fails.
/// </summary>
public sealed class AgainstAModel
{
    private static int Setting(string name, int otherwise) =>
        int.TryParse(Environment.GetEnvironmentVariable(name), out var number) ? number : otherwise;

    [Theory, BothDatabases]
    public async Task Whatever_people_do_the_portal_is_what_the_rules_say(Db db)
    {
        var steps = Setting("MODEL_STEPS", 25);
        var seed = Environment.GetEnvironmentVariable("MODEL_SEED");
        await Step.Life(steps)
            .SampleAsync(
                life => Life.LiveAsync(db, life),
                iter: Setting("MODEL_RUNS", 4),
                threads: 1,
                seed: string.IsNullOrEmpty(seed) ? null : seed,
                print: life => string.Join('\n', life.Select(Show))
            );
    }

    private static string Show(Step step) =>
        step is Step.Rush rush ? $"Rush {string.Join(' ', rush.Who)}" : step.ToString();
}
