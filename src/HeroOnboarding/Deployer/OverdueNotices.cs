using HeroOnboarding.Pool;
using HeroOnboarding.Store;
using HeroOnboarding.Vms;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Deployer;

/// <summary>
/// Notices that the deployer has not completed within the deadline: an alarm. The machine stays out of the pool.
/// </summary>
internal static class OverdueNotices
{
    /// <summary>Released machines that were not reported as erased within the deadline.</summary>
    public static IQueryable<PoolVm> Erasures(OnboardingDb db, DeployerOptions deployer, DateTimeOffset now)
    {
        var before = now - deployer.Deadline;
        return db.PoolVms.Where(vm =>
            vm.Condition == PoolCondition.Recycling && vm.AllocationSid == null && vm.FreeSince < before
        );
    }

    /// <summary>
    /// Hand-outs that were not confirmed within the deadline; their customers read "Being handed to you". Found by
    /// their notices: leases from before a deployer was configured have no pending notice.
    /// </summary>
    public static IQueryable<OutboxRow> HandOuts(OnboardingDb db, DeployerOptions deployer, DateTimeOffset now)
    {
        var before = now - deployer.Deadline;
        return db.Waiting(LeaseNotices.AssignKind).Where(r => r.CreatedAt < before);
    }

    public static FindAlarmConditions FindAsync(DeployerOptions deployer) =>
        async (db, now, cancel) =>
        {
            if (!deployer.IsOn)
                return [];
            var found = new List<AlarmCondition>();
            if (await Erasures(db, deployer, now).CountAsync(cancel) is > 0 and var dirty)
                found.Add(
                    new(
                        "deployer.erasures",
                        $"{dirty} machines were given back more than {deployer.Deadline.TotalMinutes:0} "
                            + "minutes ago and nobody said that they were erased."
                    )
                );
            if (await HandOuts(db, deployer, now).CountAsync(cancel) is > 0 and var waiting)
                found.Add(
                    new(
                        "deployer.handouts",
                        $"{waiting} hand-outs are older than {deployer.Deadline.TotalMinutes:0} minutes and "
                            + "not confirmed by the deployer."
                    )
                );
            return found;
        };
}
