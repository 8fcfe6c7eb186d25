using System.Text.Json;
using HeroOnboarding.Pool;
using HeroOnboarding.Store;

namespace HeroOnboarding.Admin.Pool;

/// <summary>A refresh in the history.</summary>
/// <param name="What">The added, removed and changed ids; null for refreshes of an earlier release.</param>
/// <param name="Note">For a start: the content of VM_POOL_JSON, and why it was not applied if it was not.</param>
public sealed record RefreshRow(
    string Sid,
    DateTimeOffset At,
    string Actor,
    string Source,
    int PrevSize,
    int Size,
    int Added,
    int Removed,
    int Changed,
    int Kept,
    int Wiped,
    RefreshChanges? What,
    string? Note
)
{
    public static RefreshRow Of(PoolRefresh r) =>
        new(
            r.Sid,
            r.At,
            r.Actor,
            r.Source,
            r.PrevSize,
            r.Size,
            r.Added,
            r.Removed,
            r.Changed,
            r.Kept,
            r.Wiped,
            r.Changes is null ? null : JsonSerializer.Deserialize<RefreshChanges>(r.Changes, Json.Options),
            r.Note
        );

    /// <summary>Texts such as "vm-2 (status, node), vm-3 (address) and 4 more", for each kind of change.</summary>
    public IEnumerable<(string Name, string Ids)> Lists()
    {
        static string More(int all, int named) => all > named ? $" and {all - named:N0} more" : "";
        if (What is null)
            yield break;
        if (What.Added.Count > 0)
            yield return ("Added", string.Join(", ", What.Added) + More(Added, What.Added.Count));
        if (What.Removed.Count > 0)
            yield return ("Removed", string.Join(", ", What.Removed) + More(Removed, What.Removed.Count));
        if (What.Changed.Count > 0)
            yield return (
                "Changed",
                string.Join(", ", What.Changed.Select(c => $"{c.Id} ({string.Join(", ", c.Members)})"))
                    + More(Changed, What.Changed.Count)
            );
    }
}

/// <summary>The history of pool refreshes.</summary>
internal static class RefreshList
{
    public static readonly ListOf<RefreshRow> List = new(
        "/admin/pool/refreshes",
        [("at", nameof(PoolRefresh.Sid))],
        new Dictionary<string, string[]?>(),
        FindAsync
    )
    {
        IsSearched = false,
    };

    private static async Task<Outcome<PageOf<RefreshRow>>> FindAsync(
        OnboardingDb db,
        ListQuery asked,
        CancellationToken cancel
    )
    {
        var page = await Keyset.PageAsync<PoolRefresh>(db, asked.Order, asked.After, asked.Size, rows => rows, cancel);
        return page.IsRefused ? page.Refusal : page.Value.As(RefreshRow.Of);
    }
}
