namespace HeroOnboarding.Bench;

/// <summary><c>--name value</c> pairs; a name without a value is a switch.</summary>
internal sealed class Options
{
    private readonly Dictionary<string, string> values = new(StringComparer.Ordinal);

    public static Options Parse(IReadOnlyList<string> args)
    {
        var options = new Options();
        for (var i = 0; i < args.Count; i++)
        {
            if (!args[i].StartsWith("--", StringComparison.Ordinal))
                throw new ArgumentException($"'{args[i]}' is not an option; see ./bench --help");
            var hasValue = i + 1 < args.Count && !args[i + 1].StartsWith("--", StringComparison.Ordinal);
            options.values[args[i][2..]] = hasValue ? args[++i] : "";
        }
        return options;
    }

    public static int Complain()
    {
        Console.Error.WriteLine("Say what to measure; see ./bench --help");
        return 2;
    }

    public bool Has(string name) => values.ContainsKey(name);

    public string Text(string name, string otherwise) => values.GetValueOrDefault(name, otherwise);

    public int Number(string name, int otherwise) =>
        values.TryGetValue(name, out var text) ? int.Parse(text) : otherwise;

    public IReadOnlyList<int> Numbers(string name, string otherwise) =>
        [.. Text(name, otherwise).Split(',').Select(int.Parse)];

    public IReadOnlyList<string> Words(string name, string otherwise) => Text(name, otherwise).Split(',');
}
