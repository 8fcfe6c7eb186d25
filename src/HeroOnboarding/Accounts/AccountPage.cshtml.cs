using HeroOnboarding.Store;
using HeroOnboarding.Vms;
using HeroOnboarding.Web;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Accounts;

/// <summary>Who a customer is here, where they are signed in, what happened.</summary>
public sealed class AccountPageModel(Database database, ReadHistory history, TimeProvider clock) : PageModel
{
    /// <summary>How many of the machines ever held are listed.</summary>
    public const int MostMachines = 20;

    [BindProperty(SupportsGet = true)]
    public string? After { get; set; }

    public Account Account { get; private set; } = null!;
    public int Sessions { get; private set; }
    public int MachineCount { get; private set; }
    public IReadOnlyList<VmAllocation> Machines { get; private set; } = [];
    public PageOf<HistoryLine> History { get; private set; } = null!;

    public async Task OnGetAsync(CancellationToken cancel)
    {
        var (sid, now) = (User.AccountSid(), clock.Now());
        var seen = now - Accounts.Sessions.Life(SessionKind.Customer).Idle;
        await using var db = database.Read();
        Account = await db.Accounts.SingleAsync(a => a.Sid == sid, cancel);
        Sessions = await db.Sessions.CountAsync(s => s.AccountSid == sid && s.ExpiresAt >= now && s.LastSeenAt >= seen, cancel);
        MachineCount = await db.VmAllocations.CountAsync(a => a.UserSid == sid, cancel);
        Machines = await db.VmAllocations.Where(a => a.UserSid == sid).OrderByDescending(a => a.Sid).Take(MostMachines).ToListAsync(cancel);
        History = await history.RunAsync(sid, After, cancel);
    }
}
