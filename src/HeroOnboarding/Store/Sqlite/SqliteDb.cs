using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Design;

namespace HeroOnboarding.Store.Sqlite;

/// <summary>The SQLite model with its own migrations.</summary>
public sealed class SqliteDb(DbContextOptions<SqliteDb> options) : OnboardingDb(options);

internal sealed class SqliteDbFactory : IDesignTimeDbContextFactory<SqliteDb>
{
    public SqliteDb CreateDbContext(string[] args) =>
        new(new DbContextOptionsBuilder<SqliteDb>().UseSqlite("Data Source=design.sqlite").Options);
}
