using HeroOnboarding.Store;

namespace HeroOnboarding.Admin.Access;

/// <summary><c>/admin/tokens</c></summary>
public sealed class TokensModel(Database database, TimeProvider clock)
    : ListPage<TokenEntry>(TokenList.Of(clock), database, clock)
{
    /// <summary>
    /// The idempotency key of the form, new for every rendered page, so that a repeated form creates one token.
    /// </summary>
    public string FormKey { get; } = Guid.NewGuid().ToString("N");
}
