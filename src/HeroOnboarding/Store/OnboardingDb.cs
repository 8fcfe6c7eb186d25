using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Store;

/// <summary>How the features map their rows; the composition root collects them.</summary>
/// <remarks>
/// One model per process: Entity Framework caches the first model that it builds for a type of context.
/// </remarks>
public sealed record StoreModel(IReadOnlyList<Action<ModelBuilder>> Maps);

/// <summary>
/// The database context. Each feature maps its own rows (<c>XFeature.Map</c>) and names its own tables
/// (<c>XTables</c>); the tables of the store itself are named here. SQLite and PostgreSQL each derive a context with
/// migrations of their own.
/// </summary>
public abstract class OnboardingDb(DbContextOptions options, StoreModel model) : DbContext(options)
{
    /// <summary>The column length of an enum value, in characters, unless its row sets another.</summary>
    private const int LengthOfWords = 16;

    /// <summary>
    /// The prepared statements of the unit that uses this context; null outside
    /// units (see <see cref="FlushBeforeCommands"/>).
    /// </summary>
    internal PreparedStatements? Waiting { get; set; }

    public DbSet<OutboxRow> Outbox => Set<OutboxRow>();
    public DbSet<JobRow> Jobs => Set<JobRow>();
    public DbSet<JobRun> JobRuns => Set<JobRun>();
    public DbSet<AlarmRow> Alarms => Set<AlarmRow>();
    public DbSet<AuditRow> Audit => Set<AuditRow>();
    public DbSet<IdempotencyRow> Idempotency => Set<IdempotencyRow>();
    public DbSet<RateRow> Rates => Set<RateRow>();
    public DbSet<WebhookCallsRow> WebhookCalls => Set<WebhookCallsRow>();
    public DbSet<MetaRow> Meta => Set<MetaRow>();
    public DbSet<KeyRow> Keys => Set<KeyRow>();

    protected override void ConfigureConventions(ModelConfigurationBuilder configurationBuilder) =>
        configurationBuilder.Properties<DateTimeOffset>().HaveConversion<InstantConverter>();

    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        foreach (var map in model.Maps)
            map(modelBuilder);
        foreach (var property in modelBuilder.Model.GetEntityTypes().SelectMany(e => e.GetProperties()))
        {
            property.SetColumnName(Names.Snake(property.Name));
            var type = Nullable.GetUnderlyingType(property.ClrType) ?? property.ClrType;
            if (!type.IsEnum)
                continue;
            property.SetValueConverter(typeof(EnumTextConverter<>).MakeGenericType(type));
            property.SetMaxLength(property.GetMaxLength() ?? LengthOfWords);
        }
    }
}
