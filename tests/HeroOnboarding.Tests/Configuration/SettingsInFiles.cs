using HeroOnboarding.Admin.Access;
using HeroOnboarding.Configuration;
using HeroOnboarding.Tests.Cli;
using HeroOnboarding.Web;

namespace HeroOnboarding.Tests.Configuration;

/// <summary>
/// Settings in files that have their names: secrets of Docker and Kubernetes, credentials of systemd.
/// </summary>
public sealed class SettingsInFiles : IDisposable
{
    private const string GoodSecret = "0123456789abcdef0123456789abcdef";
    private readonly string folder = Directory.CreateTempSubdirectory("hero-credentials-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Theory]
    [InlineData("")]
    [InlineData("\n")]
    [InlineData("\r\n")]
    [InlineData("\n\n")]
    public void The_line_end_of_a_file_is_no_part_of_a_secret(string end)
    {
        Write("HERO_ONBOARDING_ADMIN_SECRET", GoodSecret + end);
        var loaded = Load();
        Assert.Empty(loaded.Mistakes);
        Assert.Equal(GoodSecret, loaded.Get<OperatorOptions>().AdminSecret!.Reveal());
    }

    [Theory]
    [InlineData("Environment", "Environment")]
    [InlineData(" Environment ", "Environment")]
    [InlineData("", "File")]
    [InlineData("  ", "File")]
    [InlineData(null, "File")]
    public void The_environment_goes_before_a_file_unless_it_is_blank(string? environment, string expected)
    {
        Write("SELLER_NAME", "File\n");
        Assert.Equal(expected, Load(("SELLER_NAME", environment)).Get<SiteOptions>().SellerName);
    }

    [Fact]
    public void Files_of_other_names_are_left_alone()
    {
        Write("SELLER_NAM", "x");
        Write("FORGE_URI", "x");
        Directory.CreateDirectory(Path.Combine(folder, "SELLER_ADDRESS"));
        // Reading this file fails with EIO, for root too.
        File.CreateSymbolicLink(Path.Combine(folder, "other-program"), "/proc/self/mem");
        var loaded = Load();
        Assert.Empty(loaded.Mistakes);
        Assert.Null(loaded.Get<SiteOptions>().SellerAddress);
    }

    [Fact]
    public void A_file_that_cannot_be_read_is_a_sentence_and_the_others_are_read()
    {
        File.CreateSymbolicLink(Path.Combine(folder, "SELLER_ADDRESS"), "/proc/self/mem");
        Write("SELLER_NAME", "Hero");
        var loaded = Load();
        Assert.Equal(
            $"SELLER_ADDRESS: cannot read the file '{folder}/SELLER_ADDRESS'.",
            Assert.Single(loaded.Mistakes)
        );
        Assert.Equal("Hero", loaded.Get<SiteOptions>().SellerName);
    }

    /// <summary>Kubernetes mounts each key as a link into a folder that it replaces as a whole.</summary>
    [Fact]
    public void A_link_to_a_file_is_that_file()
    {
        Directory.CreateDirectory(Path.Combine(folder, "..data"));
        File.WriteAllText(Path.Combine(folder, "..data", "SELLER_NAME"), "Linked");
        File.CreateSymbolicLink(Path.Combine(folder, "SELLER_NAME"), Path.Combine("..data", "SELLER_NAME"));
        Assert.Equal("Linked", Load().Get<SiteOptions>().SellerName);
    }

    [Fact]
    public async Task The_executable_reads_its_credentials_folder()
    {
        Write("HERO_ONBOARDING_ADMIN_SECRET", GoodSecret + "\n");
        Write("LOG_FORMAT", "xml\n");
        var settings = new Dictionary<string, string> { ["CREDENTIALS_DIRECTORY"] = folder };
        var wrong = (await Executable.RunAsync("check-config", settings)).Expect(2);
        Assert.Contains("LOG_FORMAT is 'xml'", wrong.Output, StringComparison.Ordinal);
        Assert.Contains("on   operators: Configured.", wrong.Output, StringComparison.Ordinal);
        Assert.DoesNotContain(GoodSecret, wrong.Output + wrong.Errors, StringComparison.Ordinal);
        settings["LOG_FORMAT"] = "text";
        (await Executable.RunAsync("check-config", settings)).Expect(0);
    }

    private void Write(string name, string text) => File.WriteAllText(Path.Combine(folder, name), text);

    private LoadedOptions Load(params (string Name, string? Value)[] environment)
    {
        var all = environment.ToDictionary(e => e.Name, e => e.Value, StringComparer.Ordinal);
        all["CREDENTIALS_DIRECTORY"] = folder;
        return AllOptions.Load(all);
    }
}
