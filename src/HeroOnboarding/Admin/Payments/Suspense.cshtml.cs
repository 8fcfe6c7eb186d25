using HeroOnboarding.Store;

namespace HeroOnboarding.Admin.Payments;

/// <summary><c>/admin/suspense</c></summary>
public sealed class SuspenseModel(Database database, TimeProvider clock)
    : ListPage<SuspenseRow>(SuspenseList.List, database, clock);
