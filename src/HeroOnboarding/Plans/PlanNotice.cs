using HeroOnboarding.Store;

namespace HeroOnboarding.Plans;

/// <summary>
/// The notice on every page of a customer whose plan ends soon, or has ended while machines are still kept, also when
/// another plan was bought since.
/// </summary>
/// <param name="Days">7, 3 or 1; 0 after the end.</param>
public sealed record PlanNotice(Purchase Plan, int Days, DateTimeOffset Now)
{
    public bool IsOver => Days == 0;

    /// <summary>True when another plan was bought since: this one cannot be renewed.</summary>
    public bool IsReplaced => Plan.State != PurchaseState.Active;

    /// <summary>The notice of a plan at this instant; null when none applies.</summary>
    public static PlanNotice? Of(Purchase plan, DateTimeOffset now)
    {
        if (Instants.Expired(plan.PeriodEnd, now))
            return plan.Used > 0 ? new(plan, 0, now) : null;
        var days = OfferNotices.Days.Where(d => plan.PeriodEnd <= now.AddDays(d)).DefaultIfEmpty(-1).Min();
        return days < 0 ? null : new(plan, days, now);
    }
}

/// <summary>
/// Reads the notices for a page by one indexed statement, and records the first time that a page showed each of them.
/// </summary>
public sealed class ReadPlanNotice(Database database, UnitOfWorkRunner writer, TimeProvider clock)
{
    /// <returns>The notices, the earliest purchase first.</returns>
    public async Task<IReadOnlyList<PlanNotice>> RunAsync(string accountSid)
    {
        var row = RowMapper<Purchase>.In(database);
        var plans = await database.ReadAsync(look =>
            look.ListAsync(
                $"SELECT {row.Columns} FROM purchases WHERE account_sid = $1 AND (state = 'active' OR used > 0) ORDER "
                    + "BY sid",
                row.Read,
                accountSid
            )
        );
        var now = clock.Now();
        var notices = plans.Select(p => PlanNotice.Of(p, now)).OfType<PlanNotice>().ToList();
        foreach (var notice in notices.Where(n => !n.IsOver && (n.Plan.ShownDays is null || n.Plan.ShownDays > n.Days)))
            await ShownAsync(notice);
        return notices;
    }

    /// <summary>
    /// Records that a page showed a notice. Changes nothing when the plan has another end by now, or when a later
    /// notice was recorded. Errors are ignored: a page must be readable while the store takes no changes.
    /// </summary>
    internal async Task ShownAsync(PlanNotice notice)
    {
        var (plan, days) = (notice.Plan, notice.Days);
        try
        {
            await writer.RunAsync(
                "plan.notice_shown",
                Actor.System("notices"),
                async unit =>
                {
                    await unit.Statements.RunAsync(
                        "UPDATE purchases SET shown_days = $3, shown_at = $4 WHERE sid = $1 AND period_end = $2 AND "
                            + "(shown_days IS NULL OR shown_days > $3)",
                        plan.Sid,
                        Instants.ToMicros(plan.PeriodEnd),
                        days,
                        Instants.ToMicros(unit.Now)
                    );
                    unit.Note(plan.AccountSid, new { purchase = plan.Sid, days });
                },
                CancellationToken.None
            );
        }
        catch (StoreBusyException)
        {
            // The next page records it.
        }
    }
}
