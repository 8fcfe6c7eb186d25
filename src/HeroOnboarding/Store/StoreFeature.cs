using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Store;

/// <summary>The rows and registrations of the store itself: outbox, jobs, audit, idempotency, rates, keys.</summary>
public static class StoreFeature
{
    public static void Map(ModelBuilder model)
    {
        model.Entity<OutboxRow>(row =>
        {
            row.ToTable("outbox").HasKey(r => r.Sid);
            row.HasIndex(r => new { r.Kind, r.Key }).IsUnique();
            row.HasIndex(r => r.DueAt).HasFilter("done_at IS NULL");
            row.HasIndex(r => r.Sid).HasFilter("done_at IS NULL").HasDatabaseName("ix_outbox_waiting");
            row.HasIndex(r => new { r.DueAt, r.Sid });
        });
        model.Entity<JobRow>().ToTable("jobs").HasKey(r => r.Name);
        model.Entity<JobRun>(row =>
        {
            row.ToTable("job_runs").HasKey(r => r.Sid);
            row.HasIndex(r => new { r.Name, r.Sid });
        });
        model.Entity<AlarmRow>(row =>
        {
            row.ToTable("alarms").HasKey(r => r.Sid);
            row.HasIndex(r => r.Key).IsUnique().HasFilter("cleared_at IS NULL").HasDatabaseName("ux_alarms_open");
        });
        model.Entity<AuditRow>(row =>
        {
            row.ToTable("audit").HasKey(r => r.Sid);
            row.HasIndex(r => new { r.Subject, r.Sid });
            // Most acts of customers have themselves as subject, and the first index finds those. A second entry for
            // each would cost another page per act.
            row.HasIndex(r => new { r.ActorId, r.Sid })
                .HasFilter("subject <> actor_id OR subject IS NULL")
                .HasDatabaseName("ix_audit_actor_on_others");
            row.HasIndex(r => new { r.Act, r.Sid });
        });
        model.Entity<IdempotencyRow>(row =>
        {
            row.ToTable("idempotency").HasKey(r => new { r.Caller, r.Key });
            row.HasIndex(r => r.CreatedAt);
        });
        model.Entity<RateRow>(row =>
        {
            row.ToTable("rates").HasKey(r => new { r.Key, r.WindowStart });
            row.HasIndex(r => r.WindowStart);
        });
        model.Entity<WebhookCallsRow>().ToTable("webhook_calls").HasKey(r => r.Provider);
        model.Entity<MetaRow>().ToTable("meta").HasKey(r => r.Key);
        model.Entity<KeyRow>().ToTable("data_protection_keys").HasKey(r => r.Name);
    }

    public static void Add(IServiceCollection services, StoreModel model)
    {
        services.AddRefusals("Background work", typeof(WorkRefusals));
        services.AddSingleton<Database>(sp =>
            Database.Open(
                sp.GetRequiredService<StoreOptions>(),
                model,
                sp.GetRequiredService<TimeProvider>(),
                sp.GetRequiredService<ILogger<Database>>()
            )
        );
        services.AddSingleton<StoreFailures>();
        services.AddSingleton<WriteHealth>();
        services.AddSingleton<TryWriting>();
        services.AddTroubles(sp => (_, now, _) => Task.FromResult(sp.GetRequiredService<WriteHealth>().Find(now)));
        services.AddSingleton<UnitOfWorkRunner>();
        services.AddSingleton<CrashPoints>();
        services.AddSingleton<OutboxSignal>();
        services.AddSingleton<OutboxRunner>();
        services.AddSingleton(sp => new DatabaseClock(sp.GetRequiredService<Database>().ReadClockAsync));
        services.AddSingleton<ClockBrake>();
        services.AddTroubles(_ => (db, _, cancel) => ClockBrake.FindAsync(db, cancel));
        services.AddSingleton<JobRunner>();
        services.AddHostedService<BackgroundLoop>();
        services.AddHostedService<EndWithCommitQueue>();
        services.AddJob<WatchAlarms>(
            "alarms.watch",
            TimeSpan.FromMinutes(1),
            "Raises an alarm once when something goes wrong, and clears it when it is right again"
        );
        services.AddTroubles(sp =>
            (db, now, cancel) => LateJobs.FindAsync(db, sp.GetRequiredService<JobRunner>(), now, cancel)
        );
        foreach (var kind in PruneStore.Own)
            services.AddSingleton(kind);
        services.AddJob<PruneStore>(
            "store.prune",
            TimeSpan.FromHours(1),
            "Removes expired sessions, idempotency keys, rate windows and old job reports",
            needsTrueClock: true
        );
    }

    /// <summary>Registers a job with its name, interval and purpose, for the jobs page.</summary>
    /// <param name="needsTrueClock">The job charges or destroys by the clock.</param>
    public static void AddJob<T>(
        this IServiceCollection services,
        string name,
        TimeSpan every,
        string purpose,
        bool needsTrueClock = false
    )
        where T : class, IJob
    {
        services.AddSingleton<T>();
        services.AddSingleton(sp => new JobKind(
            name,
            every,
            purpose,
            sp.GetRequiredService<T>().RunAsync,
            needsTrueClock
        ));
    }

    /// <summary>Registers rows that the job <c>store.prune</c> deletes when they have expired.</summary>
    public static void AddExpiredRows(
        this IServiceCollection services,
        string what,
        Func<OnboardingDb, DateTimeOffset, Task<int>> deleteAsync
    ) => services.AddSingleton(new ExpiredRows(what, deleteAsync));

    /// <summary>Registers a check for alarm conditions.</summary>
    public static void AddTroubles(
        this IServiceCollection services,
        Func<IServiceProvider, FindAlarmConditions> find
    ) => services.AddSingleton(sp => new AlarmSource((db, now, cancel) => find(sp)(db, now, cancel)));

    /// <summary>Registers the delivery of outbox rows of one kind.</summary>
    public static void AddOutboxKind(
        this IServiceCollection services,
        string kind,
        Func<IServiceProvider, Deliver> deliver
    ) => services.AddSingleton(sp => new OutboxKind(kind, deliver(sp)));
}
