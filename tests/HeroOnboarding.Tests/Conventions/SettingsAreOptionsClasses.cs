using System.ComponentModel;
using System.Reflection;
using System.Text.RegularExpressions;
using HeroOnboarding.Configuration;
using Microsoft.Extensions.Configuration;

namespace HeroOnboarding.Tests.Conventions;

/// <summary>Every setting is a described property of an options class in a feature's folder.</summary>
public sealed class SettingsAreOptionsClasses
{
    private static readonly LoadedOptions Unset = AllOptions.Load(new Dictionary<string, string?>());

    [Fact]
    public void Every_class_with_settings_is_in_the_list() =>
        Assert.Equal(
            typeof(AllOptions)
                .Assembly.GetTypes()
                .Where(t => Keys(t).Any())
                .Select(t => t.FullName!)
                .Order(StringComparer.Ordinal),
            AllOptions.Classes.Select(t => t.FullName!).Order(StringComparer.Ordinal)
        );

    [Fact]
    public void Every_setting_is_described_under_a_heading()
    {
        Assert.All(AllOptions.Classes, c => Assert.NotNull(c.GetCustomAttribute<CategoryAttribute>()));
        Assert.All(
            AllOptions.Classes.SelectMany(c => c.GetProperties()).Where(p => p.CanWrite),
            p =>
            {
                Assert.NotNull(p.GetCustomAttribute<ConfigurationKeyNameAttribute>());
                Assert.NotNull(p.GetCustomAttribute<DescriptionAttribute>());
            }
        );
    }

    [Fact]
    public void Settings_are_named_once_and_explained()
    {
        Assert.Equal(Unset.Descriptions.Count, Unset.Descriptions.Select(d => d.Name).Distinct().Count());
        Assert.All(
            Unset.Descriptions,
            d =>
            {
                Assert.Matches("^[A-Z][A-Z_]+$", d.Name);
                Assert.EndsWith(".", d.Meaning, StringComparison.Ordinal);
            }
        );
        Assert.All(
            Unset.Descriptions.Where(d =>
                d.Name.EndsWith("SECRET", StringComparison.Ordinal)
                || d.Name.Contains("SECRET_", StringComparison.Ordinal)
            ),
            d => Assert.True(d.IsSecret, d.Name)
        );
    }

    /// <summary>Attributes name other settings; a name that is none of ours is a typing error.</summary>
    [Fact]
    public void Names_in_attributes_are_names_of_settings() =>
        Assert.All(
            AllOptions
                .Classes.SelectMany(c => c.GetProperties())
                .SelectMany(p => p.GetCustomAttributes<NeedsAttribute>()),
            needs => Assert.Contains(Unset.Descriptions, d => d.Name == needs.Setting)
        );

    [Fact]
    public void Nothing_is_set_and_nothing_is_wrong()
    {
        Assert.Empty(Unset.Mistakes);
        Assert.Empty(Unset.NearMisses);
    }

    [Fact]
    public void Nothing_else_reads_the_environment() =>
        Assert.Equal(
            [
                "src/HeroOnboarding/Configuration/EnvironmentSettings.cs",
                "src/HeroOnboarding/Configuration/LoadedOptions.cs",
                "src/HeroOnboarding/Configuration/SettingValues.cs",
            ],
            Source
                .Files("src", ".cs", ".cshtml")
                .Where(f =>
                    Regex.IsMatch(
                        f.Text,
                        @"GetEnvironmentVariables?\(|ExpandEnvironmentVariables|AddEnvironmentVariables"
                            + @"|IConfiguration(Section)?\b"
                    )
                )
                .Select(f => f.Path)
                .Order(StringComparer.Ordinal)
        );

    private static IEnumerable<ConfigurationKeyNameAttribute> Keys(Type type) =>
        type.GetProperties(BindingFlags.Instance | BindingFlags.Public | BindingFlags.DeclaredOnly)
            .Select(p => p.GetCustomAttribute<ConfigurationKeyNameAttribute>())
            .OfType<ConfigurationKeyNameAttribute>();
}
