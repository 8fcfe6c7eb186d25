using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Net;
using HeroOnboarding.Configuration;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace HeroOnboarding.Tests.Configuration;

/// <summary>What each attribute of an options class does, shown with a class of no feature.</summary>
public sealed class OptionsBinding
{
    [Fact]
    public void Every_type_is_read_from_its_text()
    {
        var options = Get(
            "TRIAL_TEXT=a b",
            "TRIAL_SECRET=hush-0123456789",
            "TRIAL_NUMBER=7",
            "TRIAL_FLAG=Yes",
            "TRIAL_WAIT_HOURS=2",
            "TRIAL_URL=https://example.org/x",
            "TRIAL_NETWORKS=10.0.0.0/8, 192.0.2.1",
            "TRIAL_KIND=Tcp"
        );
        Assert.Equal(("a b", 7, true, "tcp"), (options.Text, options.Number, options.Flag, options.Kind));
        Assert.Equal("hush-0123456789", options.Secret!.Reveal());
        Assert.Equal(TimeSpan.FromHours(2), options.Wait);
        Assert.Equal(new Uri("https://example.org/x"), options.Url);
        Assert.Equal([IPNetwork.Parse("10.0.0.0/8"), IPNetwork.Parse("192.0.2.1/32")], options.Networks);
    }

    [Fact]
    public void What_is_unset_has_its_default_or_nothing()
    {
        var options = Get();
        Assert.Equal(("off", 5, false), (options.Kind, options.Number, options.Flag));
        Assert.Equal((null, null, null), (options.Text, options.Secret, options.Url));
        Assert.Equal(TimeSpan.FromHours(72), options.Wait);
        Assert.Empty(options.Networks);
    }

    [Theory]
    [InlineData("TRIAL_NUMBER=0", "TRIAL_NUMBER is '0'; it must be a whole number from 1 to 10.")]
    [InlineData("TRIAL_NUMBER=11", "TRIAL_NUMBER is '11'; it must be a whole number from 1 to 10.")]
    [InlineData("TRIAL_NUMBER=+1", "TRIAL_NUMBER is '+1'; it must be a whole number from 1 to 10.")]
    [InlineData("TRIAL_WAIT_HOURS=1h", "TRIAL_WAIT_HOURS is '1h'; it must be a whole number from 0 to 720.")]
    [InlineData("TRIAL_FLAG=on", "TRIAL_FLAG is 'on'; it must be one of false, true, 0, 1, no, yes.")]
    [InlineData("TRIAL_KIND=udp", "TRIAL_KIND is 'udp'; it must be one of off, tcp.")]
    [InlineData("TRIAL_SECRET=hush", "TRIAL_SECRET has 4 bytes; it needs at least 8 (for example: openssl rand).")]
    [InlineData("TRIAL_LINK=http://example.org", "TRIAL_LINK is 'http://example.org'; it must be an https or")]
    [InlineData("TRIAL_NETWORKS=here", "TRIAL_NETWORKS has 'here', which is neither an address nor a network")]
    [InlineData("TRIAL_TEXT=@/nowhere/file", "TRIAL_TEXT: cannot read the file '/nowhere/file'.")]
    [InlineData("TRIAL_SECRET_NEXT=hush-0123456789", "TRIAL_SECRET_NEXT is set but TRIAL_SECRET is not.")]
    public void A_mistake_is_a_sentence_and_the_default_stays(string setting, string sentence)
    {
        var loaded = Load(setting);
        Assert.StartsWith(sentence, Assert.Single(loaded.Mistakes), StringComparison.Ordinal);
        Assert.True(loaded.HasMistake(setting.Split('=')[0]));
        Assert.False(loaded.HasMistake("TRIAL"));
        Assert.Equal((5, "off"), (loaded.Get<TrialOptions>().Number, loaded.Get<TrialOptions>().Kind));
    }

    [Fact]
    public void Mistakes_of_all_classes_are_collected()
    {
        var loaded = Load("TRIAL_NUMBER=x", "TRIAL_KIND=x", "VENDOR_URL=x");
        Assert.Equal(3, loaded.Mistakes.Count);
    }

    [Theory]
    [InlineData("VENDOR_URL=a", "VENDOR_URL is set but VENDOR_KEY is not; set all of VENDOR_URL, VENDOR_KEY or none.")]
    [InlineData("VENDOR_KEY=a", "VENDOR_KEY is set but VENDOR_URL is not; set all of VENDOR_URL, VENDOR_KEY or none.")]
    [InlineData("OLD_KEY=long-enough", "OLD_KEY is set but VENDOR_URL is not; set all of VENDOR_URL, OLD_KEY or none.")]
    public void Half_set_is_refused_and_nothing_else_is_said_of_it(string setting, string sentence) =>
        Assert.Equal(sentence, Assert.Single(Load(setting).Mistakes));

    [Fact]
    public void Wholly_unset_is_off_and_its_rules_are_not_asked()
    {
        var loaded = Load("VENDOR_NOTE=x");
        Assert.Empty(loaded.Mistakes);
        Assert.False(loaded.Get<VendorOptions>().IsOn);
        var on = Load("VENDOR_NOTE=x", "VENDOR_URL=a", "VENDOR_KEY=long-enough");
        Assert.StartsWith("VENDOR_NOTE has 1 bytes", Assert.Single(on.Mistakes), StringComparison.Ordinal);
        Assert.True(on.Get<VendorOptions>().IsOn);
    }

    [Fact]
    public void An_older_name_is_read_while_the_present_one_is_unset()
    {
        var older = Load("VENDOR_URL=a", "OLD_KEY=long-enough");
        Assert.Empty(older.Mistakes);
        Assert.Equal("long-enough", older.Get<VendorOptions>().Key!.Reveal());
        var both = Load("VENDOR_URL=a", "OLD_KEY=long-enough", "VENDOR_KEY=long-enough-too");
        Assert.Equal("VENDOR_KEY and OLD_KEY are both set and differ; keep the first.", Assert.Single(both.Mistakes));
        Assert.Equal("long-enough-too", both.Get<VendorOptions>().Key!.Reveal());
        var wrong = Load("VENDOR_URL=a", "OLD_KEY=x");
        Assert.StartsWith("OLD_KEY has 1 bytes", Assert.Single(wrong.Mistakes), StringComparison.Ordinal);
    }

    [Fact]
    public void Descriptions_come_from_the_attributes()
    {
        var all = Load().Descriptions;
        Assert.Contains(new SettingDescription("TRIAL_NUMBER", "Trial", "5", "How many."), all);
        Assert.Contains(new SettingDescription("TRIAL_WAIT_HOURS", "Times", "72", "How long."), all);
        Assert.Contains(new SettingDescription("TRIAL_SECRET", "Trial", null, "What.", IsSecret: true), all);
        Assert.Contains(new SettingDescription("OLD_KEY", "Vendor", null, "An older name.", IsSecret: true), all);
        Assert.Equal("TRIAL_TEXT", all[0].Name);
    }

    [Fact]
    public void Secrets_are_never_shown()
    {
        var loaded = Load("TRIAL_SECRET=hush-0123456789", "TRIAL_TEXT=seen", "VENDOR_URL=a", "OLD_KEY=hush-0123456789");
        Assert.Equal((null, null), (loaded.Shown("TRIAL_SECRET"), loaded.Shown("OLD_KEY")));
        Assert.Equal(("seen", "5"), (loaded.Shown("TRIAL_TEXT"), loaded.Shown("TRIAL_NUMBER")));
        Assert.True(loaded.IsGiven("TRIAL_SECRET"));
        Assert.False(loaded.IsGiven("TRIAL_NUMBER"));
        var options = loaded.Get<TrialOptions>();
        Assert.DoesNotContain(
            "hush",
            $"{options.Secret} " + System.Text.Json.JsonSerializer.Serialize(options),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void Classes_are_services_by_their_own_type()
    {
        var (loaded, services) = (Load("TRIAL_NUMBER=9"), new ServiceCollection());
        loaded.AddTo(services);
        using var provider = services.BuildServiceProvider();
        Assert.Equal(9, provider.GetRequiredService<TrialOptions>().Number);
        Assert.Same(loaded, provider.GetRequiredService<LoadedOptions>());
    }

    private static TrialOptions Get(params string[] settings)
    {
        var loaded = Load(settings);
        Assert.Empty(loaded.Mistakes);
        return loaded.Get<TrialOptions>();
    }

    private static LoadedOptions Load(params string[] settings) =>
        new(
            [typeof(TrialOptions), typeof(VendorOptions)],
            settings.Select(s => s.Split('=', 2)).ToDictionary(s => s[0], s => (string?)s[1], StringComparer.Ordinal)
        );

    [Category("Trial")]
    public sealed class TrialOptions
    {
        [ConfigurationKeyName("TRIAL_TEXT"), OrFile, Description("A text.")]
        public string? Text { get; init; }

        [ConfigurationKeyName("TRIAL_SECRET"), MinBytes(8, "openssl rand"), Description("What.")]
        public Secret? Secret { get; init; }

        [ConfigurationKeyName("TRIAL_SECRET_NEXT"), Needs("TRIAL_SECRET"), Description("The next.")]
        public Secret? Next { get; init; }

        [ConfigurationKeyName("TRIAL_NUMBER"), DefaultValue("5"), Range(1, 10), Description("How many.")]
        public int Number { get; init; }

        [ConfigurationKeyName("TRIAL_FLAG"), DefaultValue("false"), Description("Whether.")]
        public bool Flag { get; init; }

        [ConfigurationKeyName("TRIAL_WAIT_HOURS"), DefaultValue("72"), Range(0, 720), Unit(TimeUnit.Hours)]
        [Category("Times"), Description("How long.")]
        public TimeSpan Wait { get; init; }

        [ConfigurationKeyName("TRIAL_URL"), Description("Where.")]
        public Uri? Url { get; init; }

        [ConfigurationKeyName("TRIAL_LINK"), HttpsOrMailto, Description("A link.")]
        public string? Link { get; init; }

        [ConfigurationKeyName("TRIAL_NETWORKS"), Description("From where.")]
        public IReadOnlyList<IPNetwork> Networks { get; init; } = [];

        [ConfigurationKeyName("TRIAL_KIND"), DefaultValue("off"), AllowedValues("off", "tcp"), Description("How.")]
        public string Kind { get; init; } = null!;
    }

    [Category("Vendor")]
    public sealed class VendorOptions
    {
        [ConfigurationKeyName("VENDOR_URL"), AllOrNone, Description("Where.")]
        public string? Url { get; init; }

        [ConfigurationKeyName("VENDOR_KEY"), AllOrNone, OlderName("OLD_KEY", "An older name."), MinBytes(8)]
        [Description("Its key.")]
        public Secret? Key { get; init; }

        [ConfigurationKeyName("VENDOR_NOTE"), MinBytes(2), Description("A note.")]
        public string? Note { get; init; }

        public bool IsOn => Url is not null && Key is not null;
    }
}
