using HeroOnboarding.Admin.Access;
using HeroOnboarding.Store;

namespace HeroOnboarding.Admin.Monitoring;

/// <summary>Who did what to whom, as the list shows it.</summary>
public sealed record AuditEntry(
    string Sid,
    DateTimeOffset At,
    string Act,
    string Actor,
    string? Subject,
    string? Detail,
    string? TraceId
);

/// <summary>The audit, newest first.</summary>
internal static class AuditList
{
    public static readonly ListOf<AuditEntry> List = new(
        "/admin/audit",
        [("at", nameof(AuditRow.Sid))],
        new Dictionary<string, string[]?>
        {
            ["act"] = null,
            ["actor"] = null,
            ["subject"] = null,
        },
        FindAsync
    )
    {
        Veil = (reader, row) => reader.MayRead(row.Act) ? row : row with { Detail = null },
    };

    private static async Task<Outcome<PageOf<AuditEntry>>> FindAsync(
        OnboardingDb db,
        ListQuery asked,
        CancellationToken cancel
    )
    {
        var page = await Keyset.PageAsync<AuditRow>(
            db,
            asked.Order,
            asked.After,
            asked.Size,
            rows => Narrow(rows, asked),
            cancel
        );
        return page.IsRefused ? page.Refusal : page.Value.As(Of);
    }

    public static AuditEntry Of(AuditRow r) =>
        new(r.Sid, r.At, r.Act, r.ActorKind + ":" + r.ActorId, r.Subject, r.Detail, r.TraceId);

    /// <summary>
    /// Filters match whole values, so that indexes are used. An actor is <c>kind:id</c>, or the id alone.
    /// </summary>
    private static IQueryable<AuditRow> Narrow(IQueryable<AuditRow> rows, ListQuery asked)
    {
        if (asked.Filter("act") is { } act)
            rows = rows.Where(r => r.Act == act);
        if (asked.Filter("subject") is { } subject)
            rows = rows.Where(r => r.Subject == subject);
        if (asked.Filter("actor") is not { } actor)
            return rows;
        var parts = actor.Split(':', 2);
        if (
            parts
            is not [
                ("customer" or "operator" or "machine" or "system" or "identity" or "anonymous")
                and var kind,
                var id,
            ]
        )
            return By(rows, actor);
        return By(rows, id).Where(r => r.ActorKind == kind);
    }

    /// <summary>
    /// Two branches, each with its own index: an actor's acts on itself by subject, all others by actor.
    /// </summary>
    private static IQueryable<AuditRow> By(IQueryable<AuditRow> rows, string actor) =>
        rows.Where(r => r.Subject == actor && r.ActorId == actor)
            .Concat(rows.Where(r => r.ActorId == actor && r.Subject != r.ActorId));
}
