using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Store.Postgres;

/// <summary>The PostgreSQL model with its own migrations.</summary>
public sealed class PostgresDb(DbContextOptions<PostgresDb> options, StoreModel model) : OnboardingDb(options, model);
