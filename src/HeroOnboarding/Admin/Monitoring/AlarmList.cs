using HeroOnboarding.Store;

namespace HeroOnboarding.Admin.Monitoring;

/// <summary>The list of alarms, with the times at which they were raised and cleared.</summary>
internal static class AlarmList
{
    public static readonly ListOf<AlarmRow> List = new(
        "/admin/jobs",
        [("raised", nameof(AlarmRow.Sid))],
        new Dictionary<string, string[]?> { ["open"] = ["yes", "no"] },
        FindAsync
    )
    {
        IsSearched = false,
    };

    private static Task<Outcome<PageOf<AlarmRow>>> FindAsync(
        OnboardingDb db,
        ListQuery asked,
        CancellationToken cancel
    ) =>
        Keyset.PageAsync<AlarmRow>(
            db,
            asked.Order,
            asked.After,
            asked.Size,
            rows =>
                asked.Filter("open") switch
                {
                    "yes" => rows.Where(a => a.ClearedAt == null),
                    "no" => rows.Where(a => a.ClearedAt != null),
                    _ => rows,
                },
            cancel
        );
}
