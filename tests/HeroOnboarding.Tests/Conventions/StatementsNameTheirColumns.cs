using System.Text.RegularExpressions;

namespace HeroOnboarding.Tests.Conventions;

/// <summary>
/// After a migration that adds a column, a prepared statement with * fails once on each connection to PostgreSQL
/// (0A000).
/// </summary>
public sealed partial class StatementsNameTheirColumns
{
    [Fact]
    public void No_statement_of_the_portal_asks_for_all_columns() =>
        Assert.Empty(Source.Files("src", ".cs").Where(f => Star().IsMatch(f.Text)).Select(f => f.Path));

    [Theory]
    [InlineData("SELECT * FROM accounts", true)]
    [InlineData("SELECT a.sid, p.* FROM accounts", true)]
    [InlineData("DELETE FROM accounts RETURNING *", true)]
    [InlineData("SELECT count(*) FROM accounts", false)]
    [InlineData("SELECT price * 2 FROM plans", false)]
    public void The_reader_finds_those_that_do(string sql, bool found) => Assert.Equal(found, Star().IsMatch(sql));

    [GeneratedRegex(@"\b(SELECT|RETURNING)\s+\*|\b(SELECT|RETURNING)\b[^;""]*\b\w+\.\*")]
    private static partial Regex Star();
}
