using HeroOnboarding.Accounts;
using HeroOnboarding.Plans;
using HeroOnboarding.Tests.Support;
using HeroOnboarding.Vms;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Time.Testing;

namespace HeroOnboarding.Tests.Plans;

/// <summary>Steps of tests about the life of a plan.</summary>
internal static class PlanLife
{
    public static readonly TimeSpan Moment = TimeSpan.FromMicroseconds(1);
    public static readonly TimeSpan Grace = TimeSpan.FromHours(72);

    public static void MoveTo(this Portal portal, DateTimeOffset to) => portal.Clock.Advance(to - portal.Now);

    /// <summary>The plan that runs, or ended last without another after it.</summary>
    public static Task<Purchase> PlanAsync(this Customer customer) =>
        customer.Portal.ReadAsync(d =>
            d.Purchases.SingleAsync(p => p.AccountSid == customer.Sid && p.State == PurchaseState.Active)
        );

    public static Task<long> BalanceAsync(this Customer customer) =>
        customer.Portal.ReadAsync(d =>
            d.Accounts.Where(a => a.Sid == customer.Sid).Select(a => a.Balance).SingleAsync()
        );

    public static Task<List<VmAllocation>> LeasesAsync(this Customer customer) =>
        customer.Portal.ReadAsync(d =>
            d.VmAllocations.Where(a => a.UserSid == customer.Sid).OrderBy(a => a.Sid).ToListAsync()
        );

    /// <summary>Time goes on to a day before this end, and each notice is offered when it is due.</summary>
    public static async Task NoticeAsync(this Portal portal, DateTimeOffset end)
    {
        foreach (var days in OfferNotices.Days)
        {
            portal.MoveTo(end.AddDays(-days));
            Assert.True((await portal.RunJobAsync("plans.remind"))!.Ok);
        }
    }

    /// <summary>
    /// Moves time until the machines of the customer have just expired; all notices were shown before.
    /// </summary>
    public static async Task LetExpireAsync(this Portal portal, params Customer[] customers)
    {
        var plans = new List<Purchase>();
        foreach (var customer in customers)
            plans.Add(await customer.PlanAsync());
        foreach (var days in OfferNotices.Days)
        {
            portal.MoveTo(plans.Max(p => p.PeriodEnd).AddDays(-days));
            await portal.RunJobAsync("plans.remind");
        }
        portal.MoveTo(plans.Max(p => p.Expiry) + Moment);
    }

    public static Task<Reply> AutoReleaseAsync(this Portal portal, object? body = null) =>
        portal.AdminPostAsync("/admin/auto-release-now", body ?? new { });

    /// <summary>The five counts of a run of auto-release.</summary>
    public static (long Examined, long Expired, long Released, long Already, long Errors) Counts(this Reply reply)
    {
        reply.Expect(200);
        return (
            reply.Number("rows_examined"),
            reply.Number("rows_expired"),
            reply.Number("rows_released"),
            reply.Number("rows_already_released"),
            reply.Number("errors")
        );
    }

    /// <summary>A customer with a plan and so many machines.</summary>
    public static async Task<Customer> SignUpWithMachinesAsync(
        this Portal portal,
        string login,
        int machines,
        string plan = "vms-5"
    )
    {
        var customer = await portal.SignUpWithPlanAsync(login, plan);
        for (var n = 0; n < machines; n++)
            (await customer.AllocateAsync()).Expect(201);
        return customer;
    }

    /// <summary>The session of a customer does not live as long as a plan.</summary>
    public static Task<Customer> BackAsync(this Customer customer, string login) => customer.Portal.SignUpAsync(login);
}

/// <summary>A wall clock that the test sets, beside a monotonic one.</summary>
internal sealed class SetClock(FakeTimeProvider inner) : TimeProvider
{
    public TimeSpan Ahead { get; set; }

    public override long TimestampFrequency => inner.TimestampFrequency;

    public override DateTimeOffset GetUtcNow() => inner.GetUtcNow() + Ahead;

    public override long GetTimestamp() => inner.GetTimestamp();

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        inner.CreateTimer(callback, state, dueTime, period);
}
