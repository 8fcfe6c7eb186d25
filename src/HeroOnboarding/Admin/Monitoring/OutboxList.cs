using HeroOnboarding.Store;
using HeroOnboarding.Web;
using HeroOnboarding.Web.Requests;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Admin.Monitoring;

/// <summary>Where a notice stands. Stuck: the other side said no; it waits for a person.</summary>
public enum OutboxState
{
    Waiting,
    Stuck,
    Done,
}

/// <summary>A notice as the list shows it; its body may name people and is not shown.</summary>
public sealed record OutboxEntry(
    string Sid,
    string Kind,
    string Key,
    OutboxState State,
    int Attempts,
    DateTimeOffset CreatedAt,
    DateTimeOffset DueAt,
    DateTimeOffset? DoneAt,
    string? LastError
);

/// <summary>The list of notices to other systems, with their state.</summary>
internal static class OutboxList
{
    public static readonly ListOf<OutboxEntry> List = new(
        "/admin/outbox",
        [("created", nameof(OutboxRow.Sid)), ("due", nameof(OutboxRow.DueAt))],
        new Dictionary<string, string[]?> { ["state"] = [.. Enum.GetValues<OutboxState>().Select(Names.Of)] },
        FindAsync
    );

    private static async Task<Outcome<PageOf<OutboxEntry>>> FindAsync(
        OnboardingDb db,
        ListQuery asked,
        CancellationToken cancel
    )
    {
        var page = await Keyset.PageAsync<OutboxRow>(
            db,
            asked.Order,
            asked.After,
            asked.Size,
            rows => Narrow(rows, asked),
            cancel
        );
        return page.IsRefused ? page.Refusal : page.Value.As(Of);
    }

    public static OutboxEntry Of(OutboxRow r) =>
        new(
            r.Sid,
            r.Kind,
            r.Key,
            r.DoneAt is not null ? OutboxState.Done
                : r.Stuck ? OutboxState.Stuck
                : OutboxState.Waiting,
            r.Attempts,
            r.CreatedAt,
            r.DueAt,
            r.DoneAt,
            r.LastError
        );

    private static IQueryable<OutboxRow> Narrow(IQueryable<OutboxRow> rows, ListQuery asked)
    {
        rows = asked.Filter("state") switch
        {
            "waiting" => rows.Where(r => r.DoneAt == null && !r.Stuck),
            "stuck" => rows.Where(r => r.DoneAt == null && r.Stuck),
            "done" => rows.Where(r => r.DoneAt != null),
            _ => rows,
        };
        if (asked.Q is null)
            return rows;
        var like = asked.Pattern;
        return rows.Where(r =>
            EF.Functions.Like(r.Key.ToLower(), like, ListQuery.Escape)
            || EF.Functions.Like(r.Kind.ToLower(), like, ListQuery.Escape)
        );
    }
}

/// <summary>Sends a notice again immediately, even if the other system refused it.</summary>
public sealed class RetryOutbox(UnitOfWorkRunner writer, OutboxSignal signal)
{
    public async Task<Outcome<OutboxEntry>> RunAsync(Actor actor, string? sid, CancellationToken cancel = default)
    {
        var outcome = await writer.RunAsync<OutboxEntry>(
            "outbox.retry",
            actor,
            async unit =>
            {
                var waiting = unit.Db.Outbox.Where(r => r.Sid == sid && r.DoneAt == null);
                if (
                    await waiting.ExecuteUpdateAsync(set =>
                        set.SetProperty(r => r.Stuck, false)
                            .SetProperty(r => r.DueAt, unit.Now)
                            .SetProperty(r => r.LeaseUntil, (DateTimeOffset?)null)
                    ) == 0
                )
                    return WorkRefusals.OutboxUnknown;
                var row = await waiting.AsNoTracking().SingleAsync();
                unit.Note(
                    row.Sid,
                    new
                    {
                        row.Kind,
                        row.Key,
                        row.Attempts,
                    }
                );
                return OutboxList.Of(row);
            },
            cancel
        );
        if (!outcome.IsRefused)
            signal.Wake();
        return outcome;
    }

    public static async Task<IResult> AnswerAsync(
        HttpContext http,
        Request<RetryOutboxRequest> request,
        RetryOutbox retry
    )
    {
        var outcome = await retry.RunAsync(http.Actor(), request.Body.Sid, http.RequestAborted);
        return request.Answer(outcome, OutboxList.List.Path, v => ("retried", v.Sid));
    }
}
