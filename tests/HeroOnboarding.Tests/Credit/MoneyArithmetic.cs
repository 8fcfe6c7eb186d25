namespace HeroOnboarding.Tests.Credit;

public sealed class MoneyArithmetic
{
    [Theory]
    [InlineData(0, 0, "$0.00")]
    [InlineData(1, 0, "$0.00")]
    [InlineData(9_999, 0, "$0.00")]
    [InlineData(10_000, 1, "$0.01")]
    [InlineData(13_420_000, 1342, "$13.42")]
    [InlineData(1_234_567_890_000, 123_456_789, "$1,234,567.89")]
    [InlineData(-1, -1, "−$0.01")]
    [InlineData(-9_999, -1, "−$0.01")]
    [InlineData(-10_000, -1, "−$0.01")]
    [InlineData(-10_001, -2, "−$0.02")]
    [InlineData(-100_000, -10, "−$0.10")]
    [InlineData(long.MaxValue, 922_337_203_685_477, "$9,223,372,036,854.77")]
    [InlineData(long.MinValue, -922_337_203_685_478, "−$9,223,372,036,854.78")]
    public void Micro_dollars_show_as_cents_rounded_towards_minus_infinity(long micros, long cents, string shown)
    {
        Assert.Equal(cents, Money.Cents(micros));
        Assert.Equal(shown, Money.Show(micros));
        Assert.Equal((micros > 0 ? "+" : "") + shown, Money.ShowSigned(micros));
    }

    [Fact]
    public void Cents_are_the_largest_whole_number_that_does_not_exceed_the_amount()
    {
        var random = new Random(20261123);
        for (var i = 0; i < 20_000; i++)
        {
            var micros = random.NextInt64(long.MinValue, long.MaxValue) >> random.Next(0, 62);
            var cents = Money.Cents(micros);
            Assert.True(
                (Int128)cents * 10_000 <= micros && ((Int128)cents + 1) * 10_000 > micros,
                $"{micros} → {cents}"
            );
            var shown = Money.Show(micros);
            Assert.Equal(cents < 0, shown.StartsWith('−'));
            Assert.Equal(UInt128.Parse(string.Concat(shown.Where(char.IsAsciiDigit))), (UInt128)Int128.Abs(cents));
        }
    }

    [Fact]
    public void Whole_cents_survive_the_way_there_and_back()
    {
        var random = new Random(7);
        for (var i = 0; i < 5_000; i++)
        {
            var cents = random.NextInt64(0, 99_999_999_999);
            Assert.Equal(cents, Money.Cents(Money.FromCents(cents)));
            Assert.Equal(Money.FromCents(cents), Money.ParseDollars($"{cents / 100}.{cents % 100:00}"));
            if (cents % 10 == 0)
                Assert.Equal(Money.FromCents(cents), Money.ParseDollars($"${cents / 100}.{cents / 10 % 10}"));
        }
    }

    [Fact]
    public void Amounts_beyond_the_range_throw_instead_of_wrapping_around()
    {
        Assert.Throws<OverflowException>(() => Money.FromCents(long.MaxValue / 10_000 + 1));
        Assert.Throws<OverflowException>(() => Money.FromCents(long.MinValue));
    }

    [Theory]
    [InlineData("12", 12_000_000)]
    [InlineData(" 12.5 ", 12_500_000)]
    [InlineData("$12.50", 12_500_000)]
    [InlineData("0", 0)]
    [InlineData("0.01", 10_000)]
    [InlineData("999999999.99", 999_999_999_990_000)]
    public void People_type_dollars(string text, long micros) => Assert.Equal(micros, Money.ParseDollars(text));

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("$")]
    [InlineData("$$5")]
    [InlineData("5.")]
    [InlineData(".5")]
    [InlineData("5.123")]
    [InlineData("5.1.2")]
    [InlineData("-5")]
    [InlineData("+5")]
    [InlineData("5,00")]
    [InlineData("1,000")]
    [InlineData("1e3")]
    [InlineData("0x10")]
    [InlineData("5 5")]
    [InlineData("٥")]
    [InlineData("NaN")]
    [InlineData("1000000000")]
    [InlineData("1000000000.1")]
    [InlineData("99999999999999999999")]
    public void Anything_else_is_no_amount(string? text) => Assert.Null(Money.ParseDollars(text));

    /// <summary>What has to be paid, so that nothing is missing and no cent too much is asked for.</summary>
    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 1)]
    [InlineData(9_999, 1)]
    [InlineData(10_000, 1)]
    [InlineData(10_001, 2)]
    [InlineData(-1, 0)]
    [InlineData(-10_000, -1)]
    public void Whole_cents_upwards_are_the_smallest_that_are_enough(long micros, long cents)
    {
        Assert.Equal(cents, Money.CentsUp(micros));
        Assert.Equal(cents * 10_000, Money.RoundUp(micros));
    }

    [Theory]
    [InlineData(0, "$0.00")]
    [InlineData(10_000, "$0.01")]
    [InlineData(1, "$0.000001")]
    [InlineData(-1, "−$0.000001")]
    [InlineData(12_345, "$0.012345")]
    [InlineData(1_234_000_001, "$1,234.000001")]
    public void Exact_amounts_show_every_micro_dollar(long micros, string shown) =>
        Assert.Equal(shown, Money.ShowExact(micros));
}
