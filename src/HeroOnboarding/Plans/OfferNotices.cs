using HeroOnboarding.Store;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Plans;

/// <summary>
/// Records that the notices 7, 3 and 1 days before a plan's end are offered: from then on every page of the customer
/// shows them. That counts also for a customer who does not sign in. No machine is released for expiry before all
/// three were offered.
/// </summary>
public sealed class OfferNotices(UnitOfWorkRunner writer)
{
    /// <summary>The days before the end at which a notice is offered.</summary>
    public static readonly IReadOnlyList<int> Days = [7, 3, 1];

    /// <summary>How long the last notice must have been offered: one day, as its text says.</summary>
    public static readonly TimeSpan LastStands = TimeSpan.FromDays(1);

    /// <summary>True when all three were offered, the last at least a day ago.</summary>
    public static bool AllOffered(Purchase p, DateTimeOffset now) =>
        !IsAnyMissing(p) && p.Noticed1At!.Value + LastStands <= now;

    internal static bool IsAnyMissing(Purchase p) =>
        p.Noticed7At is null || p.Noticed3At is null || p.Noticed1At is null;

    /// <summary>True when a notice is due and was not offered yet.</summary>
    internal static bool IsDue(Purchase p, DateTimeOffset now) =>
        Days.Any(d => p.PeriodEnd <= now.AddDays(d) && At(p, d) is null);

    internal Task OfferAsync(Actor actor, Purchase purchase, bool all, CancellationToken cancel) =>
        writer.RunAsync(
            "plan.remind",
            actor,
            async unit =>
            {
                var (sid, end) = (purchase.Sid, purchase.PeriodEnd);
                DateTimeOffset? now = unit.Now;
                // Only for the end that was read: a renewal resets the notices.
                var row = unit.Db.Purchases.Where(p => p.Sid == sid && p.PeriodEnd == end);
                var offered = new List<int>();
                foreach (var days in Days.Where(d => all || end <= unit.Now.AddDays(d)))
                    if (
                        await (
                            days switch
                            {
                                7 => row.Where(p => p.Noticed7At == null)
                                    .ExecuteUpdateAsync(set => set.SetProperty(p => p.Noticed7At, now)),
                                3 => row.Where(p => p.Noticed3At == null)
                                    .ExecuteUpdateAsync(set => set.SetProperty(p => p.Noticed3At, now)),
                                _ => row.Where(p => p.Noticed1At == null)
                                    .ExecuteUpdateAsync(set => set.SetProperty(p => p.Noticed1At, now)),
                            }
                        ) == 1
                    )
                        offered.Add(days);
                unit.Note(
                    purchase.AccountSid,
                    new
                    {
                        purchase = sid,
                        days = offered,
                        late = all,
                    }
                );
            },
            cancel
        );

    private static DateTimeOffset? At(Purchase p, int days) =>
        days switch
        {
            7 => p.Noticed7At,
            3 => p.Noticed3At,
            _ => p.Noticed1At,
        };
}

/// <summary>The hourly job that offers the due notices of plans.</summary>
public sealed class RemindOfEnds(Database database, OfferNotices notices, TimeProvider clock) : IJob
{
    private static readonly Actor Self = Actor.System("notices");

    public async Task<string> RunAsync(CancellationToken cancel)
    {
        var now = clock.Now();
        var (from, until) = (now - PlanConfig.Period, now.AddDays(OfferNotices.Days[0]));
        List<Purchase> near;
        await using (var db = database.Read())
            near = await db
                .Purchases.Where(p =>
                    p.PeriodEnd >= from
                    && p.PeriodEnd <= until
                    && (p.Used > 0 || (p.State == PurchaseState.Active && p.PeriodEnd >= now))
                )
                .Where(p => p.Noticed7At == null || p.Noticed3At == null || p.Noticed1At == null)
                .OrderBy(p => p.PeriodEnd)
                .ToListAsync(cancel);
        var due = near.Where(p => OfferNotices.IsDue(p, now)).ToList();
        foreach (var plan in due)
        {
            cancel.ThrowIfCancellationRequested();
            await notices.OfferAsync(Self, plan, all: false, cancel);
        }
        return $"{near.Count} plans end within 7 days and still have notices to come; {due.Count} were due and are "
            + "offered now.";
    }
}
