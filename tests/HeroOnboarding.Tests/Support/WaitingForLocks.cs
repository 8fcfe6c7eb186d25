using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Tests.Support;

/// <summary>For races on PostgreSQL: one unit is stopped before its COMMIT, and the other one must have come to it.</summary>
internal static class WaitingForLocks
{
    /// <summary>Returns when somebody waits for a lock in this portal's database.</summary>
    public static async Task SomebodyWaitsAsync(this Portal portal)
    {
        for (var tries = 0; tries < 3000; tries++)
            if (await portal.ReadAsync(d => d.Database.SqlQueryRaw<int>(
                    "SELECT COUNT(*)::int AS \"Value\" FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'").SingleAsync()) > 0)
                return;
        Assert.Fail("Nobody waits for the row.");
    }
}
