using System.Globalization;

namespace HeroOnboarding.Bench;

/// <summary>The frame of all measurements.</summary>
internal static class Bench
{
    /// <summary>
    /// Prints the machine's facts, then measures on each requested database, in a temporary folder that
    /// is deleted afterwards.
    /// </summary>
    public static async Task OnEachAsync(Options options, Func<string, string, Postgres?, Task> measure)
    {
        var folder = Directory.CreateTempSubdirectory("hero-bench-").FullName;
        try
        {
            foreach (var fact in await Machine.FactsAsync(folder))
                await Console.Out.WriteLineAsync(fact);
            foreach (var database in options.Words("db", "sqlite,postgresql"))
            {
                await using var postgres = database == "postgresql" ? await Postgres.StartAsync(folder) : null;
                await measure(database, folder, postgres);
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    public static string Text(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);
}
