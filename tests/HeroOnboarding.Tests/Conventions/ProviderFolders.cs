using System.Text.RegularExpressions;
using HeroOnboarding.Web;

namespace HeroOnboarding.Tests.Conventions;

/// <summary>
/// A provider is a folder and one line: the rest of the product does not know it by name. Forge and Mycelium are left
/// out, because columns of accounts and leases are named after them.
/// </summary>
public sealed partial class ProviderFolders
{
    private static readonly string[] Known = ["src/HeroOnboarding/Credit/Stripe/", "src/HeroOnboarding/Kyc/Idenfy/"];

    private const string List = "src/HeroOnboarding/AllProviders.cs";

    [Fact]
    public void A_provider_is_named_in_its_folder_only()
    {
        var named = Source
            .Files("src", ".cs", ".cshtml", ".js", ".css")
            .Where(f => f.Path != List && !Known.Any(k => f.Path.StartsWith(k, StringComparison.Ordinal)))
            .SelectMany(f => f.Text.Split('\n').Select((line, n) => (Where: $"{f.Path}:{n + 1}", Line: line)))
            .Where(l => Names().IsMatch(l.Line))
            .Select(l => $"{l.Where}: {l.Line.Trim()}")
            .ToList();
        Assert.True(named.Count == 0, string.Join('\n', named));
    }

    /// <summary>The list itself: one line for the namespace and one for the provider.</summary>
    [Theory]
    [InlineData("Stripe")]
    [InlineData("Idenfy")]
    public void The_list_names_a_provider_in_one_line(string provider)
    {
        var lines = Source
            .Read(List)
            .Split('\n')
            .Where(l => l.Contains(provider, StringComparison.OrdinalIgnoreCase))
            .ToList();
        Assert.Equal(2, lines.Count);
        Assert.StartsWith("using ", lines[0]);
        Assert.Contains($"new {provider}Provider()", lines[1]);
    }

    /// <summary>A class that is not in the list would be a provider that cannot be switched on.</summary>
    [Fact]
    public void Every_provider_is_in_the_list() =>
        Assert.Equal(
            typeof(Program)
                .Assembly.GetTypes()
                .Where(t => t.IsClass && typeof(IProvider).IsAssignableFrom(t))
                .Select(t => t.Name)
                .Order(StringComparer.Ordinal),
            AllProviders.All.Select(p => p.GetType().Name).Order(StringComparer.Ordinal)
        );

    [GeneratedRegex("stripe|idenfy", RegexOptions.IgnoreCase)]
    private static partial Regex Names();
}
