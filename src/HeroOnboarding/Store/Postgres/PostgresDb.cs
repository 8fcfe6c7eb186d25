using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Design;

namespace HeroOnboarding.Store.Postgres;

/// <summary>The PostgreSQL model with its own migrations.</summary>
public sealed class PostgresDb(DbContextOptions<PostgresDb> options) : OnboardingDb(options);

internal sealed class PostgresDbFactory : IDesignTimeDbContextFactory<PostgresDb>
{
    public PostgresDb CreateDbContext(string[] args) =>
        new(new DbContextOptionsBuilder<PostgresDb>().UseNpgsql("Host=design").Options);
}
