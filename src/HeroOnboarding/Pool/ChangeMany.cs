using System.Globalization;
using HeroOnboarding.Store;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Pool;

/// <summary>The actions that an operator can apply to many machines in one commit.</summary>
public enum ManyAction
{
    Maintenance,
    Available,
    Erased,
    Quarantine,
    Lift,
}

/// <summary>A machine as an operator saw it. The change applies to this lease only.</summary>
public sealed record SeenVm(string Id, long LeaseNumber);

/// <summary>A machine that was not changed, and the reason.</summary>
public sealed record SkippedVm(string PoolVmId, string Why);

/// <summary>The result of a change of many machines.</summary>
public sealed record ManyAnswer(ManyAction Action, int Changed, IReadOnlyList<SkippedVm> Skipped);

/// <summary>
/// Applies one action to many machines in one commit. A machine that changed since the operator saw it is
/// skipped and named.
/// </summary>
public sealed class ChangeMany(UnitOfWorkRunner writer, ReadyVm ready, QuarantineVm quarantine, ProbeOptions probes)
{
    public const int Most = 500;

    /// <summary>
    /// Why the action is not possible for the machine in its current state; null when it is possible. The preview and
    /// the commit use the same rule.
    /// </summary>
    public string? WhyNot(PoolVm vm, ManyAction action) =>
        action switch
        {
            ManyAction.Maintenance when vm.Status == PoolStatus.Maintenance => "in maintenance already",
            ManyAction.Available when vm.Status == PoolStatus.Available => "not in maintenance",
            ManyAction.Erased when vm.AllocationSid is not null => "held by a customer",
            ManyAction.Erased when vm.Condition != PoolCondition.Recycling => "does not wait to be erased",
            ManyAction.Quarantine when vm.Condition == PoolCondition.Quarantined => "quarantined already",
            ManyAction.Lift when vm.Condition != PoolCondition.Quarantined => "not quarantined",
            ManyAction.Lift
                when probes.IsOn && vm.AllocationSid is null && vm.ProbeGoods < QuarantineVm.GoodsToReturn =>
                "has not answered two probes in a row",
            _ => null,
        };

    /// <summary>
    /// Refused with <c>pool_vm.unknown</c> when one machine does not exist; nothing was changed then.
    /// </summary>
    public Task<Outcome<ManyAnswer>> RunAsync(
        Actor actor,
        ManyAction action,
        IReadOnlyList<SeenVm> machines,
        string reason,
        CancellationToken cancel = default
    ) =>
        writer.RunAsync<ManyAnswer>(
            "pool.many",
            actor,
            async unit =>
            {
                var ids = machines.Select(m => m.Id).ToList();
                var now = await unit
                    .Db.PoolVms.AsNoTracking()
                    .Where(vm => ids.Contains(vm.Id))
                    .ToDictionaryAsync(vm => vm.Id, StringComparer.Ordinal);
                if (ids.Find(id => !now.ContainsKey(id)) is { } unknown)
                    return PoolRefusals.PoolVmUnknown with
                    {
                        Detail = $"There is no machine '{unknown}'. Nothing was changed.",
                    };
                var (changed, skipped) = (0, new List<SkippedVm>());
                // Always in the order of ids, so that two such units cannot deadlock.
                foreach (var seen in machines.OrderBy(m => m.Id, StringComparer.Ordinal))
                {
                    var why =
                        now[seen.Id].LeaseNumber != seen.LeaseNumber
                            ? "handed out since"
                            : WhyNot(now[seen.Id], action) ?? await DoAsync(unit, action, seen, reason);
                    if (why is null)
                        changed++;
                    else
                        skipped.Add(new(seen.Id, why));
                }
                unit.Note(
                    "pool",
                    new
                    {
                        action,
                        changed,
                        reason,
                        machines = ids.Except(skipped.Select(s => s.PoolVmId)),
                        skipped,
                    }
                );
                return new ManyAnswer(action, changed, skipped);
            },
            cancel
        );

    /// <returns>Why it was not changed, if its state changed concurrently.</returns>
    private async Task<string?> DoAsync(Unit unit, ManyAction action, SeenVm seen, string reason)
    {
        static string? Why<T>(Outcome<T> outcome) => outcome.IsRefused ? outcome.Refusal.Title : null;
        return action switch
        {
            ManyAction.Maintenance => Why(await SetVmStatus.InUnitAsync(unit, seen.Id, PoolStatus.Maintenance)),
            ManyAction.Available => Why(await SetVmStatus.InUnitAsync(unit, seen.Id, PoolStatus.Available)),
            ManyAction.Erased => Why(await ready.InUnitAsync(unit, seen.Id, seen.LeaseNumber, unit.Actor.ToString())),
            ManyAction.Quarantine => Why(await QuarantineVm.InUnitAsync(unit, seen.Id, reason)),
            _ => Why(await quarantine.LiftInUnitAsync(unit, seen.Id, reason)),
        };
    }

    /// <summary>
    /// Parses "vm-001:3 vm-002:7": ids with the lease number that was seen, separated by white space.
    /// </summary>
    /// <returns>Null for any other text, and when a machine is named twice.</returns>
    public static IReadOnlyList<SeenVm>? Parse(string? text)
    {
        var machines = new List<SeenVm>();
        foreach (var part in (text ?? "").Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries))
        {
            var colon = part.LastIndexOf(':');
            if (
                colon is < 1 or > 64
                || !long.TryParse(
                    part.AsSpan(colon + 1),
                    NumberStyles.None,
                    CultureInfo.InvariantCulture,
                    out var lease
                )
            )
                return null;
            machines.Add(new(part[..colon], lease));
        }
        return machines.Count == 0 || machines.DistinctBy(m => m.Id).Count() < machines.Count ? null : machines;
    }
}
