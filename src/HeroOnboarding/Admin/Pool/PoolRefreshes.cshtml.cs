using HeroOnboarding.Store;

namespace HeroOnboarding.Admin.Pool;

/// <summary><c>/admin/pool/refreshes</c></summary>
public sealed class PoolRefreshesModel(Database database, TimeProvider clock)
    : ListPage<RefreshRow>(RefreshList.List, database, clock);
