using System.Collections.Concurrent;
using HeroOnboarding.Store;
using HeroOnboarding.Web;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Pool;

/// <summary>
/// Asks the machines that are due, outside any unit and so many at once, and writes what it found in batches. One miss is nothing; three in a row are a
/// quarantine. When more than half of many are silent at once it is more likely our own network: then nothing is counted against them.
/// </summary>
internal sealed class ProbePool(Database database, Writer writer, Probe probe, Settings settings, TimeProvider clock, ILogger<ProbePool> log) : IJob
{
    internal const int MissesToQuarantine = 3;
    internal const int ManyFrom = 10;
    private const int Batch = 500;

    /// <summary>Nothing new is asked after this time, so that the other jobs have their turn; the rest is due next time.</summary>
    private static readonly TimeSpan Budget = TimeSpan.FromSeconds(20);

    private sealed record Due(string Id, ProbeTarget Target, DateTimeOffset? ProbedAt);

    public async Task<string> RunAsync(CancellationToken cancel)
    {
        var now = clock.Now();
        var answers = await AskAsync(await DueAsync(now, cancel), cancel);
        var (up, down) = (Count(answers, ProbeAnswer.Up), Count(answers, ProbeAnswer.Down));
        var doubtful = up + down >= ManyFrom && down * 2 > up + down;
        foreach (var some in answers.Chunk(Batch))
            await NoteAsync(some, now, doubtful);
        if (answers.Count == 0)
            await NoteAsync([], now, doubtful);
        var quarantined = await QuarantineAsync(now);
        if (doubtful)
            log.LogError("{Down} of {All} probed machines did not answer; is it our own network? Nothing was counted against them", down, up + down);
        return $"{up} up, {down} down, {Count(answers, ProbeAnswer.NotAsked)} not asked; {quarantined} quarantined."
            + (doubtful ? " More than half were silent: nothing was counted against them." : "");
    }

    private static int Count(IReadOnlyList<(Due Vm, ProbeAnswer Answer)> answers, ProbeAnswer answer) => answers.Count(a => a.Answer == answer);

    /// <summary>Free machines, and quarantined ones that may come back; a machine is due when its time is over, give or take a quarter.</summary>
    private async Task<IReadOnlyList<Due>> DueAsync(DateTimeOffset now, CancellationToken cancel)
    {
        var every = settings.Probe!.Every;
        var earliest = now - (every * 0.75);
        await using var db = database.Read();
        var rows = await db.PoolVms
            .Where(vm => vm.AllocationSid == null && (vm.Condition == PoolCondition.Quarantined || (vm.Condition == PoolCondition.Clean && vm.Listed && vm.Status == PoolStatus.Available)))
            .Where(vm => vm.ProbedAt == null || vm.ProbedAt <= earliest)
            .Select(vm => new { vm.Id, vm.Address, vm.MyceliumIp, vm.SshPort, vm.CockpitUrl, vm.ProbedAt }).ToListAsync(cancel);
        return
        [
            .. rows.Where(vm => vm.ProbedAt is null || vm.ProbedAt <= now - (every * (0.75 + (Random.Shared.NextDouble() / 2))))
                .OrderBy(vm => vm.ProbedAt ?? DateTimeOffset.MinValue).ThenBy(_ => Random.Shared.Next())
                .Select(vm => new Due(vm.Id, new(vm.Address, vm.MyceliumIp, vm.SshPort, vm.CockpitUrl), vm.ProbedAt)),
        ];
    }

    private async Task<IReadOnlyList<(Due Vm, ProbeAnswer Answer)>> AskAsync(IReadOnlyList<Due> due, CancellationToken cancel)
    {
        var answers = new ConcurrentBag<(Due, ProbeAnswer)>();
        var until = clock.GetUtcNow() + Budget;
        await Parallel.ForEachAsync(due, new ParallelOptions { MaxDegreeOfParallelism = settings.Probe!.AtOnce, CancellationToken = cancel }, async (vm, stop) =>
        {
            if (clock.GetUtcNow() <= until)
                answers.Add((vm, await probe.AskAsync(vm.Target, stop)));
        });
        return [.. answers];
    }

    private Task NoteAsync(IReadOnlyList<(Due Vm, ProbeAnswer Answer)> answers, DateTimeOffset at, bool doubtful) =>
        writer.RunAsync("pool.probe", SystemActors.Jobs, async unit =>
        {
            // No refresh in between: an answer counts for the address that gave it.
            await unit.Database.LockAsync(unit.Db, "pool.refresh");
            var ids = answers.Select(a => a.Vm.Id).ToList();
            var now = (await unit.Db.PoolVms.AsNoTracking().Where(vm => ids.Contains(vm.Id)).ToListAsync()).ToDictionary(vm => vm.Id, ProbeTarget.Of, StringComparer.Ordinal);
            List<string> Of(ProbeAnswer answer) => [.. answers.Where(a => a.Answer == answer && now.GetValueOrDefault(a.Vm.Id) == a.Vm.Target).Select(a => a.Vm.Id)];
            var (up, down, not) = (Of(ProbeAnswer.Up), Of(ProbeAnswer.Down), Of(ProbeAnswer.NotAsked));
            DateTimeOffset? when = at;
            var unheld = unit.Db.PoolVms.Where(vm => vm.AllocationSid == null);
            await unheld.Where(vm => up.Contains(vm.Id)).ExecuteUpdateAsync(set => set.SetProperty(vm => vm.ProbedAt, when).SetProperty(vm => vm.ProbeGoodAt, when)
                .SetProperty(vm => vm.Proven, true).SetProperty(vm => vm.ProbeMisses, 0).SetProperty(vm => vm.ProbeGoods, vm => vm.ProbeGoods + 1));
            var miss = doubtful ? 0 : 1;
            await unheld.Where(vm => down.Contains(vm.Id)).ExecuteUpdateAsync(set => set.SetProperty(vm => vm.ProbedAt, when)
                .SetProperty(vm => vm.ProbeMisses, vm => vm.ProbeMisses + miss).SetProperty(vm => vm.ProbeGoods, 0));
            await unheld.Where(vm => not.Contains(vm.Id)).ExecuteUpdateAsync(set => set.SetProperty(vm => vm.ProbedAt, when));
            var old = at - settings.Probe!.MaxAge;
            await unit.Db.PoolVms.Where(vm => vm.Proven && vm.ProbeGoodAt < old).ExecuteUpdateAsync(set => set.SetProperty(vm => vm.Proven, false));
        }, CancellationToken.None);

    private async Task<int> QuarantineAsync(DateTimeOffset now)
    {
        List<string> silent;
        await using (var db = database.Read())
            silent = await Silent(db).Select(vm => vm.Id).OrderBy(id => id).Take(Batch).ToListAsync();
        if (silent.Count == 0)
            return 0;
        var outcome = await writer.RunAsync<int>("pool.silent", SystemActors.Jobs, async unit =>
        {
            var reason = $"Did not answer {MissesToQuarantine} probes in a row.";
            DateTimeOffset? at = now;
            var count = await Silent(unit.Db).Where(vm => silent.Contains(vm.Id)).ExecuteUpdateAsync(set => set.SetProperty(vm => vm.Condition, PoolCondition.Quarantined)
                .SetProperty(vm => vm.ConditionReason, reason).SetProperty(vm => vm.QuarantinedAt, at).SetProperty(vm => vm.ProbeGoods, 0));
            unit.Note("pool", new { count, machines = silent });
            return count;
        }, CancellationToken.None);
        log.LogWarning("Quarantined after {Misses} missed probes: {Machines}", MissesToQuarantine, string.Join(", ", silent));
        return outcome.Value;
    }

    private static IQueryable<PoolVm> Silent(OnboardingDb db) =>
        db.PoolVms.Where(vm => vm.AllocationSid == null && vm.Condition == PoolCondition.Clean && vm.ProbeMisses >= MissesToQuarantine);
}
