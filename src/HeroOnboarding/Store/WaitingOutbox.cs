using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Store;

/// <summary>Outbox rows of one kind that are not done: few, among all that were delivered in 30 days.</summary>
internal static class WaitingOutbox
{
    /// <summary>The partial index of rows that are not done.</summary>
    private const string Index = "ix_outbox_waiting";

    /// <summary>
    /// Rows of <paramref name="kind"/> that are not done. SQLite has no statistics and would take the index of kinds
    /// and keys, and so read every delivered row of the kind: it gets an index hint. PostgreSQL chooses by its
    /// statistics.
    /// </summary>
    public static IQueryable<OutboxRow> Waiting(this OnboardingDb db, string kind) =>
        (db.Database.IsSqlite() ? WithHint(db) : db.Outbox.Where(r => r.DoneAt == null)).Where(r => r.Kind == kind);

    private static IQueryable<OutboxRow> WithHint(OnboardingDb db)
    {
        var columns = db.Model.FindEntityType(typeof(OutboxRow))!.GetProperties().Select(p => p.GetColumnName());
        var sql = $"SELECT {string.Join(", ", columns)} FROM outbox INDEXED BY {Index} WHERE done_at IS NULL";
        return db.Outbox.FromSqlRaw(sql);
    }
}
