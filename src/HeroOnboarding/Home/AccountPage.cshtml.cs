using System.Security.Claims;
using HeroOnboarding.Accounts;
using HeroOnboarding.Store;
using HeroOnboarding.Vms;
using HeroOnboarding.Web;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Home;

/// <summary>Who a customer is here, where they are signed in, what happened.</summary>
public sealed class AccountPageModel(Database database, ReadHistory history, TimeProvider clock) : PageModel
{
    /// <summary>How many of the machines ever held are listed.</summary>
    public const int MostMachines = 20;

    [BindProperty(SupportsGet = true)]
    public string? After { get; set; }

    /// <summary>How many sessions are listed.</summary>
    public const int MostSessions = 20;

    /// <summary>What was just done, after a form.</summary>
    public string? Said =>
        Request.Query switch
        {
            var q when q["linked"] == Ways.Forge => "Forge is linked. It opens this account from now on.",
            var q when q["linked"] == Ways.Mycelium => "The address is linked. It opens this account from now on.",
            var q when q["unlinked"] == Ways.Forge => "Forge is unlinked.",
            var q when q["unlinked"] == Ways.Mycelium => "The address is unlinked.",
            var q when q["proven"] == "1" => "Thank you. For ten minutes nothing more is asked.",
            var q when q["ended"] == "1" => "That browser is signed out.",
            _ => null,
        };

    public Account Account { get; private set; } = null!;

    /// <summary>Where this customer is signed in, the latest first.</summary>
    public IReadOnlyList<Session> Sessions { get; private set; } = [];

    /// <summary>The session of the browser that looks.</summary>
    public string? MySession => User.FindFirstValue(ClaimNames.Session);
    public DateTimeOffset Now { get; } = clock.Now();
    public int MachineCount { get; private set; }
    public IReadOnlyList<VmAllocation> Machines { get; private set; } = [];
    public PageOf<HistoryLine> History { get; private set; } = null!;

    public async Task OnGetAsync(CancellationToken cancel)
    {
        var sid = User.AccountSid();
        await using var db = database.Read();
        Account = await db.Accounts.SingleAsync(a => a.Sid == sid, cancel);
        Sessions = await HeroOnboarding
            .Accounts.Sessions.LiveOf(db, sid, Now)
            .OrderByDescending(s => s.LastSeenAt)
            .ThenBy(s => s.IdHash)
            .ToListAsync(cancel);
        MachineCount = await db.VmAllocations.CountAsync(a => a.UserSid == sid, cancel);
        Machines = await db
            .VmAllocations.Where(a => a.UserSid == sid)
            .OrderByDescending(a => a.Sid)
            .Take(MostMachines)
            .ToListAsync(cancel);
        History = await history.RunAsync(sid, After, cancel: cancel);
    }
}
