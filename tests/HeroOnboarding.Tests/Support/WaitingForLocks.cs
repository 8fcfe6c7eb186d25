using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Tests.Support;

/// <summary>Races on PostgreSQL: one unit is held before its COMMIT, until another one waits for its lock.</summary>
internal static class WaitingForLocks
{
    private const string Waiting =
        "SELECT COUNT(*)::int AS \"Value\" FROM pg_stat_activity WHERE datname = current_database() AND "
        + "wait_event_type = 'Lock'";

    /// <summary>Returns when a session of this portal's database waits for a lock.</summary>
    public static Task SomebodyWaitsAsync(this Portal portal) =>
        Hanging.WaitAsync(
            "somebody to wait for the row",
            async () => await portal.ReadAsync(d => d.Database.SqlQueryRaw<int>(Waiting).SingleAsync()) > 0,
            every: TimeSpan.FromMilliseconds(1)
        );
}
