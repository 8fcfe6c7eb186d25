using HeroOnboarding.Accounts.Forge;
using HeroOnboarding.Store;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace HeroOnboarding.Admin.Access;

/// <summary><c>/admin/operators</c></summary>
public sealed class OperatorsModel(
    Database database,
    ForgeOptions forge,
    OperatorOptions operators,
    OperatorRoles roles,
    TimeProvider clock
) : PageModel
{
    public IReadOnlyList<OperatorEntry> Rows { get; private set; } = [];
    public bool HasOwner { get; private set; }
    public bool HasForge => forge.IsOn;
    public DateTimeOffset Now { get; } = clock.Now();

    public async Task OnGetAsync(CancellationToken cancel)
    {
        await using var db = database.Read();
        Rows = (await OperatorList.FindAsync(db, operators, cancel)).Rows;
        HasOwner = await roles.HasOwnerAsync(cancel);
    }
}
