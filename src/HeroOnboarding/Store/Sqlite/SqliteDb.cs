using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Store.Sqlite;

/// <summary>The SQLite model with its own migrations.</summary>
public sealed class SqliteDb(DbContextOptions<SqliteDb> options, StoreModel model) : OnboardingDb(options, model);
