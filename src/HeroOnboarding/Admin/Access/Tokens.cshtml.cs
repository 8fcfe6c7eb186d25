using HeroOnboarding.Store;

namespace HeroOnboarding.Admin.Access;

/// <summary><c>/admin/tokens</c></summary>
public sealed class TokensModel(Database database, TimeProvider clock)
    : ListPage<TokenEntry>(TokenList.Of(clock), database, clock)
{
    /// <summary>Fresh for every rendered form, so that a repeated one makes nothing twice.</summary>
    public string FormKey { get; } = Guid.NewGuid().ToString("N");
}
