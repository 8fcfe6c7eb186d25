using HeroOnboarding.Store;

namespace HeroOnboarding.Admin.Leases;

/// <summary><c>/admin/allocations</c></summary>
public sealed class AllocationsModel(Database database, TimeProvider clock)
    : ListPage<AllocationRow>(AllocationList.List, database, clock);
