using HeroOnboarding.Accounts;
using HeroOnboarding.Admin.Customers;
using HeroOnboarding.Admin.Monitoring;
using HeroOnboarding.Store;
using HeroOnboarding.Vms;
using HeroOnboarding.Web;
using HeroOnboarding.Web.Requests;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Admin.Leases;

/// <summary><c>/admin/allocations/{sid}</c>: one lease, and the operator's release.</summary>
public sealed class AllocationModel(Database database, TimeProvider clock) : PageModel
{
    public VmAllocation Lease { get; private set; } = null!;
    public Account Holder { get; private set; } = null!;
    public IReadOnlyList<OutboxEntry> Notices { get; private set; } = [];
    public DateTimeOffset Now { get; } = clock.Now();

    public async Task<IActionResult> OnGetAsync(string sid, CancellationToken cancel)
    {
        await using var db = database.Read();
        var wanted = Names.IsSid(sid) ? sid.ToUpperInvariant() : "";
        if (await db.VmAllocations.FirstOrDefaultAsync(a => a.Sid == wanted, cancel) is not { } lease)
            return await this.RefuseAsync(Refusals.NotFound);
        await NoteAccess.OfCustomerAsync(HttpContext, lease.UserSid, new { allocation = lease.Sid });
        Lease = lease;
        Holder = await db.Accounts.SingleAsync(a => a.Sid == lease.UserSid, cancel);
        var key = LeaseNotices.KeyOf(lease.PoolVmId, lease.LeaseNumber);
        var again = key + ":";
        string[] kinds = [LeaseNotices.AssignKind, LeaseNotices.ReleaseKind];
        Notices =
        [
            .. (
                await db
                    .Outbox.Where(r => kinds.Contains(r.Kind) && (r.Key == key || r.Key.StartsWith(again)))
                    .OrderBy(r => r.Sid)
                    .ToListAsync(cancel)
            ).Select(OutboxList.Of),
        ];
        return Page();
    }

    /// <summary><c>POST /admin/vm-release</c>: an operator ends a customer's lease with a reason.</summary>
    public static async Task<IResult> ReleaseAsync(
        HttpContext http,
        Request<EndLeaseRequest> request,
        ReleaseVm release
    )
    {
        var (sid, reason) = (request.Body.AllocationSid, request.Body.Reason.Trim());
        var outcome = await release.RunAsync(http.Actor(), null, sid, reason, http.RequestAborted);
        return request.Answer(outcome, PageOf(sid), _ => ("done", "released"));
    }

    internal static string PageOf(string? sid) => Names.IsSid(sid) ? "/admin/allocations/" + sid : "/admin/allocations";
}
