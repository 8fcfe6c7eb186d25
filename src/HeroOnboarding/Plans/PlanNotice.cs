using HeroOnboarding.Store;

namespace HeroOnboarding.Plans;

/// <summary>
/// What stands on every page of a customer whose plan ends soon, or has ended while machines are still kept, also when
/// another plan was bought since.
/// </summary>
/// <param name="Days">7, 3 or 1; 0 after the end.</param>
public sealed record PlanNotice(Purchase Plan, int Days, DateTimeOffset Now)
{
    public bool IsOver => Days == 0;

    /// <summary>Another plan was bought in the meantime: renewing this one is no longer possible.</summary>
    public bool IsReplaced => Plan.State != PurchaseState.Active;

    /// <summary>Null while there is nothing to say.</summary>
    public static PlanNotice? Of(Purchase plan, DateTimeOffset now)
    {
        if (Instants.Expired(plan.PeriodEnd, now))
            return plan.Used > 0 ? new(plan, 0, now) : null;
        var days = OfferNotices.Days.Where(d => plan.PeriodEnd <= now.AddDays(d)).DefaultIfEmpty(-1).Min();
        return days < 0 ? null : new(plan, days, now);
    }
}

/// <summary>
/// One look by an index for every page; and a small change the first time that each notice really stood on one.
/// </summary>
public sealed class ReadPlanNotice(Database database, UnitOfWorkRunner writer, TimeProvider clock)
{
    /// <returns>What ended first, first.</returns>
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
    /// Records that a notice stood on a page. It changes nothing when the plan has another end by now, or when a nearer
    /// notice was recorded. Never in the way: a page can be read while nothing can be written.
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
            // The next page tries again.
        }
    }
}
