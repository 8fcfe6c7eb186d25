using HeroOnboarding.Store;

namespace HeroOnboarding.Admin.Customers;

/// <summary><c>/admin/users</c></summary>
public sealed class UsersModel(Database database, TimeProvider clock)
    : ListPage<UserRow>(UserList.List, database, clock);
