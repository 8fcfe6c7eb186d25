using System.Text.RegularExpressions;

namespace HeroOnboarding.Tests.Conventions;

/// <summary>Every knob is on one page, read there, and nowhere else.</summary>
public sealed class SettingsHaveOnePage
{
    [Fact]
    public void Every_knob_is_read_by_the_settings_page()
    {
        var page = Source.Read("src/HeroOnboarding/Settings.cs");
        var body = page[page.IndexOf("private Settings(", StringComparison.Ordinal)..];
        Assert.All(Settings.Descriptions, k => Assert.Matches($@"read\.\w+\([^;]*""{k.Name}""", body));
        foreach (Match read in Regex.Matches(body, "\"([A-Z][A-Z_]+)\""))
            Assert.Contains(Settings.Descriptions, k => k.Name == read.Groups[1].Value);
    }

    [Fact]
    public void Knobs_are_named_once_and_explained()
    {
        Assert.Equal(Settings.Descriptions.Count, Settings.Descriptions.Select(k => k.Name).Distinct().Count());
        Assert.All(
            Settings.Descriptions,
            k =>
            {
                Assert.Matches("^[A-Z][A-Z_]+$", k.Name);
                Assert.EndsWith(".", k.Meaning, StringComparison.Ordinal);
            }
        );
        Assert.All(
            Settings.Descriptions.Where(k =>
                k.Name.EndsWith("SECRET", StringComparison.Ordinal)
                || k.Name.Contains("SECRET_", StringComparison.Ordinal)
            ),
            k => Assert.True(k.IsSecret, k.Name)
        );
    }

    [Fact]
    public void Nothing_else_reads_the_environment() =>
        Assert.Equal(
            ["src/HeroOnboarding/Settings.cs"],
            Source
                .Files("src", ".cs", ".cshtml")
                .Where(f =>
                    Regex.IsMatch(
                        f.Text,
                        @"GetEnvironmentVariables?\(|ExpandEnvironmentVariables|AddEnvironmentVariables"
                            + @"|IConfiguration\b"
                    )
                )
                .Select(f => f.Path)
        );
}
