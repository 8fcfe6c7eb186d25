using HeroOnboarding.Pool;
using HeroOnboarding.Store;
using HeroOnboarding.Web;

namespace HeroOnboarding.Admin;

/// <summary>The history of pool refreshes.</summary>
internal static class RefreshList
{
    public static readonly ListOf<PoolRefresh> List = new("/admin/pool/refreshes", [("at", nameof(PoolRefresh.Sid))], new Dictionary<string, string[]?>(), FindAsync);

    private static Task<Outcome<PageOf<PoolRefresh>>> FindAsync(OnboardingDb db, Asked asked, CancellationToken cancel) =>
        Keyset.PageAsync<PoolRefresh>(db, asked.Order, asked.After, asked.Size, rows => rows, cancel);
}

/// <summary><c>/admin/pool/refreshes</c></summary>
public sealed class RefreshesPage(Database database, TimeProvider clock) : ListPage<PoolRefresh>(RefreshList.List, database, clock);
