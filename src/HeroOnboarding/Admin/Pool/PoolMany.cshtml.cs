using HeroOnboarding.Pool;
using HeroOnboarding.Store;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Admin.Pool;

/// <summary>
/// <c>/admin/pool/many</c>: what one change would do to the machines that were ticked, or to all that the list's
/// filters match. Nothing is changed here;
/// the form below sends exactly the machines that are shown, each with its lease.
/// </summary>
public sealed class PoolManyModel(Database database, ProbeOptions probes, TimeProvider clock, ChangeMany change)
    : PageModel
{
    public ManyAction Action { get; private set; }
    public IReadOnlyList<PoolVm> Fits { get; private set; } = [];
    public IReadOnlyList<(PoolVm Vm, string Why)> Left { get; private set; } = [];

    /// <summary>Machines that the filters match beyond what one change may hold.</summary>
    public int Beyond { get; private set; }

    /// <summary>The machines as <see cref="ChangeMany.Parse"/> reads them.</summary>
    public string Machines => string.Join(' ', Fits.Select(vm => $"{vm.Id}:{vm.LeaseNumber}"));

    public bool NeedsReason => Action is ManyAction.Quarantine or ManyAction.Lift;

    public async Task<IActionResult> OnGetAsync(CancellationToken cancel)
    {
        var asked = PoolList.Of(probes, clock).Read(HttpContext);
        if (asked.IsRefused)
            return await this.RefuseAsync(asked.Refusal);
        if (PoolRoutes.ReadAction(Request.Query["action"]) is not { } action)
            return await this.RefuseAsync(
                Refusals.QueryInvalid with
                {
                    Detail =
                        $"'action' must be one of {string.Join(", ", Enum.GetValues<ManyAction>().Select(Names.Of))}.",
                }
            );
        Action = action;
        await using var db = database.Read();
        var ticked = Request
            .Query["vm"]
            .OfType<string>()
            .Where(id => id.Length is > 0 and <= 64)
            .Take(ChangeMany.Most)
            .ToList();
        var rows =
            ticked.Count > 0
                ? db.PoolVms.Where(vm => ticked.Contains(vm.Id))
                : new PoolList(probes, clock).Narrow(db.PoolVms, asked.Value);
        var machines = await rows.OrderBy(vm => vm.Id).Take(ChangeMany.Most).ToListAsync(cancel);
        Beyond =
            ticked.Count > 0 || machines.Count < ChangeMany.Most ? 0 : await rows.CountAsync(cancel) - machines.Count;
        var judged = machines.Select(vm => (Vm: vm, Why: change.WhyNot(vm, action))).ToList();
        Fits = [.. judged.Where(j => j.Why is null).Select(j => j.Vm)];
        Left = [.. judged.Where(j => j.Why is not null).Select(j => (j.Vm, j.Why!))];
        return Page();
    }

    /// <summary>"Take 3 machines out for maintenance".</summary>
    public static string Say(ManyAction action) =>
        action switch
        {
            ManyAction.Maintenance => "Take out for maintenance",
            ManyAction.Available => "Back from maintenance",
            ManyAction.Erased => "They were erased",
            ManyAction.Quarantine => "Quarantine",
            _ => "End the quarantine",
        };
}
