using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Tests.Support;

/// <summary>
/// For races on PostgreSQL: one unit is stopped before its COMMIT, and the other one must have come to it.
/// </summary>
internal static class WaitingForLocks
{
    private const string Waiting =
        "SELECT COUNT(*)::int AS \"Value\" FROM pg_stat_activity WHERE datname = current_database() AND "
        + "wait_event_type = 'Lock'";

    /// <summary>Returns when somebody waits for a lock in this portal's database.</summary>
    public static Task SomebodyWaitsAsync(this Portal portal) =>
        Hanging.WaitAsync(
            "somebody to wait for the row",
            async () => await portal.ReadAsync(d => d.Database.SqlQueryRaw<int>(Waiting).SingleAsync()) > 0,
            every: TimeSpan.FromMilliseconds(1)
        );
}
