using HeroOnboarding.Pool;
using HeroOnboarding.Store;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Admin.Pool;

/// <summary>
/// <c>/admin/pool/many</c>: the effect of one change on the selected machines, or on all that match the list's filters.
/// The page changes nothing; its form sends exactly the machines that are shown, each with its lease number.
/// </summary>
public sealed class PoolManyModel(Database database, ProbeOptions probes, TimeProvider clock, ChangeMany change)
    : PageModel
{
    public ManyAction Action { get; private set; }
    public IReadOnlyList<PoolVm> Fits { get; private set; } = [];
    public IReadOnlyList<(PoolVm Vm, string Why)> Left { get; private set; } = [];

    /// <summary>The number of matching machines beyond the limit of one change.</summary>
    public int Beyond { get; private set; }

    /// <summary>The machines in the form that <see cref="ChangeMany.Parse"/> reads.</summary>
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

    /// <summary>The text for an action.</summary>
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
