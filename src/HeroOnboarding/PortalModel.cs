using HeroOnboarding.Accounts;
using HeroOnboarding.Admin;
using HeroOnboarding.Credit;
using HeroOnboarding.Kyc;
using HeroOnboarding.Plans;
using HeroOnboarding.Pool;
using HeroOnboarding.Store;
using HeroOnboarding.Store.Postgres;
using HeroOnboarding.Store.Sqlite;
using HeroOnboarding.Vms;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Design;

namespace HeroOnboarding;

/// <summary>The row mappings of every feature, for the store.</summary>
public static class PortalModel
{
    public static StoreModel Rows { get; } =
        new([
            StoreFeature.Map,
            AccountsFeature.Map,
            AdminFeature.Map,
            KycFeature.Map,
            CreditFeature.Map,
            PaymentsFeature.Map,
            PlansFeature.Map,
            VmsFeature.Map,
            PoolFeature.Map,
        ]);
}

/// <summary>For <c>dotnet ef migrations add --context SqliteDb</c>.</summary>
internal sealed class SqliteDbFactory : IDesignTimeDbContextFactory<SqliteDb>
{
    public SqliteDb CreateDbContext(string[] args) =>
        new(new DbContextOptionsBuilder<SqliteDb>().UseSqlite("Data Source=design.sqlite").Options, PortalModel.Rows);
}

/// <summary>For <c>dotnet ef migrations add --context PostgresDb</c>.</summary>
internal sealed class PostgresDbFactory : IDesignTimeDbContextFactory<PostgresDb>
{
    public PostgresDb CreateDbContext(string[] args) =>
        new(new DbContextOptionsBuilder<PostgresDb>().UseNpgsql("Host=design").Options, PortalModel.Rows);
}
