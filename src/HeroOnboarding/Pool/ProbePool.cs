using System.Collections.Concurrent;
using System.Text.Json;
using HeroOnboarding.Store;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Pool;

/// <summary>
/// Probes the machines that are due, outside any unit and with limited concurrency, and writes the results in batches.
/// One miss has no effect; three in a row quarantine the machine. When more than half of many free machines are silent
/// in one run, a fault of the portal's network is more likely, and no miss is counted. Quarantined machines are probed
/// after the free ones, with a time limit of their own, and do not take part in that decision.
/// </summary>
/// <remarks>
/// Writing never waits for a lock: a machine that another unit has locked (a refresh, a hand-out) is skipped and due
/// again at the next run. Otherwise one hanging refresh would stop all probing, and five minutes later no machine
/// would be proven.
/// </remarks>
internal sealed class ProbePool(
    Database database,
    UnitOfWorkRunner writer,
    Probe probe,
    ProbeOptions probes,
    TimeProvider clock,
    ILogger<ProbePool> log
) : IJob
{
    internal const int MissesToQuarantine = 3;
    internal const int ManyFrom = 10;
    private const int Batch = 500;

    /// <summary>
    /// The time after which no further free machine is probed, so that other jobs run; the rest is due at the next run.
    /// </summary>
    private static readonly TimeSpan Budget = TimeSpan.FromSeconds(20);

    /// <summary>The same for quarantined machines, counted from the end of the free ones.</summary>
    private static readonly TimeSpan QuarantinedBudget = TimeSpan.FromSeconds(5);

    private sealed record DueProbe(string Id, ProbeTarget Target, DateTimeOffset? ProbedAt);

    /// <summary>
    /// Results of one group of machines, and how many could not be probed because of an unexpected exception.
    /// </summary>
    private sealed record Round(IReadOnlyList<(DueProbe Vm, ProbeAnswer Answer)> Answers, int Failed)
    {
        public int Count(ProbeAnswer answer) => Answers.Count(a => a.Answer == answer);
    }

    public async Task<string> RunAsync(CancellationToken cancel)
    {
        var now = clock.Now();
        var free = await AskAsync(await DueAsync(now, quarantined: false, cancel), Budget, cancel);
        var (up, down) = (free.Count(ProbeAnswer.Up), free.Count(ProbeAnswer.Down));
        var doubtful = up + down >= ManyFrom && down * 2 > up + down;
        await NoteAsync(free, now, doubtful);
        if (doubtful)
            log.LogError(
                "{Down} of {All} machines did not answer; is it our own network? Nothing was counted against them",
                down,
                up + down
            );
        var kept = await AskAsync(await DueAsync(now, quarantined: true, cancel), QuarantinedBudget, cancel);
        await NoteAsync(kept, now, doubtful);
        await ForgetOldAsync(now);
        var quarantined = await QuarantineAsync(now);
        return Report(free, kept, quarantined, doubtful);
    }

    private static string Report(Round free, Round kept, int quarantined, bool doubtful)
    {
        var failed = free.Failed + kept.Failed;
        var report =
            $"{free.Count(ProbeAnswer.Up)} up, {free.Count(ProbeAnswer.Down)} down, "
            + $"{free.Count(ProbeAnswer.NotAsked)} not asked; {quarantined} quarantined.";
        if (kept.Answers.Count > 0)
            report += $" In quarantine: {kept.Count(ProbeAnswer.Up)} up, {kept.Count(ProbeAnswer.Down)} down.";
        if (failed > 0)
            report += $" {failed} could not be asked because of an error; the log has the details.";
        return doubtful ? report + " More than half were silent: nothing was counted against them." : report;
    }

    /// <summary>Free or quarantined machines that are due, up to a quarter of the interval early.</summary>
    private async Task<IReadOnlyList<DueProbe>> DueAsync(DateTimeOffset now, bool quarantined, CancellationToken cancel)
    {
        var every = probes.Every;
        var earliest = now - (every * 0.75);
        await using var db = database.Read();
        var unheld = db.PoolVms.Where(vm => vm.AllocationSid == null);
        var group = quarantined
            ? unheld.Where(vm => vm.Condition == PoolCondition.Quarantined)
            : unheld.Where(vm => vm.Condition == PoolCondition.Clean && vm.Listed && vm.Status == PoolStatus.Available);
        var rows = await group
            .Where(vm => vm.ProbedAt == null || vm.ProbedAt <= earliest)
            .Select(vm => new
            {
                vm.Id,
                vm.Address,
                vm.MyceliumIp,
                vm.SshPort,
                vm.CockpitUrl,
                vm.ProbedAt,
            })
            .ToListAsync(cancel);
        return
        [
            .. rows.Where(vm => !(vm.ProbedAt > now - (every * (0.75 + (Random.Shared.NextDouble() / 2)))))
                .OrderBy(vm => vm.ProbedAt ?? DateTimeOffset.MinValue)
                .ThenBy(_ => Random.Shared.Next())
                .Select(vm => new DueProbe(
                    vm.Id,
                    new(vm.Address, vm.MyceliumIp, vm.SshPort, vm.CockpitUrl),
                    vm.ProbedAt
                )),
        ];
    }

    private async Task<Round> AskAsync(IReadOnlyList<DueProbe> due, TimeSpan budget, CancellationToken cancel)
    {
        var answers = new ConcurrentBag<(DueProbe, ProbeAnswer)>();
        var failed = 0;
        var until = clock.GetUtcNow() + budget;
        var atOnce = probes.AtOnce;
        var options = new ParallelOptions { MaxDegreeOfParallelism = atOnce, CancellationToken = cancel };
        await Parallel.ForEachAsync(
            due,
            options,
            async (vm, stop) =>
            {
                if (clock.GetUtcNow() > until)
                    return;
                try
                {
                    answers.Add((vm, await probe.AskAsync(vm.Target, stop)));
                }
                catch (Exception e) when (!stop.IsCancellationRequested)
                {
                    // The exception tells nothing about the machine: it counts neither as a miss nor as a good probe.
                    log.LogError(e, "Machine {Machine} could not be asked", vm.Id);
                    Interlocked.Increment(ref failed);
                    answers.Add((vm, ProbeAnswer.NotAsked));
                }
            }
        );
        return new([.. answers], failed);
    }

    private async Task NoteAsync(Round round, DateTimeOffset at, bool doubtful)
    {
        foreach (var some in round.Answers.Chunk(Batch))
            await NoteAsync(some, at, doubtful);
    }

    private Task NoteAsync(
        IReadOnlyList<(DueProbe Vm, ProbeAnswer Answer)> answers,
        DateTimeOffset at,
        bool doubtful
    ) =>
        writer.RunAsync(
            "pool.probe",
            SystemActors.Jobs,
            async unit =>
            {
                // A result belongs to the address that was probed: the row is locked and compared, so that no refresh
                // changes it in between.
                var ids = JsonSerializer.Serialize(answers.Select(a => a.Vm.Id));
                var mine = await LockAsync(
                    unit,
                    $"allocation_sid IS NULL AND id IN ({unit.Database.ListSql})",
                    Batch,
                    ids
                );
                var now = mine.ToDictionary(vm => vm.Id, ProbeTarget.Of, StringComparer.Ordinal);
                IQueryable<PoolVm> Of(ProbeAnswer answer)
                {
                    var some = answers
                        .Where(a => a.Answer == answer && now.GetValueOrDefault(a.Vm.Id) == a.Vm.Target)
                        .Select(a => a.Vm.Id)
                        .ToList();
                    return unit.Db.PoolVms.Where(vm => some.Contains(vm.Id));
                }
                DateTimeOffset? when = at;
                var miss = doubtful ? 0 : 1;
                await Of(ProbeAnswer.Up)
                    .ExecuteUpdateAsync(set =>
                        set.SetProperty(vm => vm.ProbedAt, when)
                            .SetProperty(vm => vm.ProbeGoodAt, when)
                            .SetProperty(vm => vm.Proven, true)
                            .SetProperty(vm => vm.ProbeMisses, 0)
                            .SetProperty(vm => vm.ProbeGoods, vm => vm.ProbeGoods + 1)
                    );
                await Of(ProbeAnswer.Down)
                    .ExecuteUpdateAsync(set =>
                        set.SetProperty(vm => vm.ProbedAt, when)
                            .SetProperty(vm => vm.ProbeMisses, vm => vm.ProbeMisses + miss)
                            .SetProperty(vm => vm.ProbeGoods, 0)
                    );
                await Of(ProbeAnswer.NotAsked).ExecuteUpdateAsync(set => set.SetProperty(vm => vm.ProbedAt, when));
            },
            CancellationToken.None
        );

    /// <summary>
    /// Removes machines with an outdated good probe from the index that hand-outs read; hand-outs also
    /// compare the time.
    /// </summary>
    private Task ForgetOldAsync(DateTimeOffset at) =>
        writer.RunAsync(
            "pool.probe",
            SystemActors.Jobs,
            async unit =>
            {
                var old = at - probes.MaxAge;
                var rows = await LockAsync(
                    unit,
                    "proven AND probe_good_at < {1}",
                    int.MaxValue,
                    Instants.ToMicros(old)
                );
                foreach (var some in rows.Select(vm => vm.Id).Chunk(Batch))
                    await unit
                        .Db.PoolVms.Where(vm => some.Contains(vm.Id))
                        .ExecuteUpdateAsync(set => set.SetProperty(vm => vm.Proven, false));
            },
            CancellationToken.None
        );

    private async Task<int> QuarantineAsync(DateTimeOffset now)
    {
        await using (var db = database.Read())
            if (!await Silent(db).AnyAsync())
                return 0;
        var outcome = await writer.RunAsync<List<string>>(
            "pool.silent",
            SystemActors.Jobs,
            async unit =>
            {
                var reason = $"Did not answer {MissesToQuarantine} probes in a row.";
                DateTimeOffset? at = now;
                var rows = await LockAsync(unit, SilentSql, Batch, MissesToQuarantine);
                var ids = rows.ConvertAll(vm => vm.Id);
                await unit
                    .Db.PoolVms.Where(vm => ids.Contains(vm.Id))
                    .ExecuteUpdateAsync(set =>
                        set.SetProperty(vm => vm.Condition, PoolCondition.Quarantined)
                            .SetProperty(vm => vm.ConditionReason, reason)
                            .SetProperty(vm => vm.QuarantinedAt, at)
                            .SetProperty(vm => vm.ProbeGoods, 0)
                    );
                unit.Note("pool", new { count = ids.Count, machines = ids });
                return ids;
            },
            CancellationToken.None
        );
        log.LogWarning(
            "Quarantined after {Misses} missed probes: {Machines}",
            MissesToQuarantine,
            string.Join(", ", outcome.Value)
        );
        return outcome.Value.Count;
    }

    private static IQueryable<PoolVm> Silent(OnboardingDb db) =>
        db
            .PoolVms.Where(vm => vm.AllocationSid == null && vm.Condition == PoolCondition.Clean)
            .Where(vm => vm.ProbeMisses >= MissesToQuarantine);

    /// <summary>The same condition as SQL.</summary>
    private const string SilentSql = "allocation_sid IS NULL AND condition = 'clean' AND probe_misses >= {1}";

#pragma warning disable EF1002, EF1003 // the inserted texts are constants
    /// <summary>Locks and reads the machines that no other unit has locked.</summary>
    /// <param name="where">SQL with the parameter <c>{1}</c>.</param>
    private static Task<List<PoolVm>> LockAsync(Unit unit, string where, int most, object value) =>
        unit
            .Db.PoolVms.FromSqlRaw(
                $"SELECT {RowMapper<PoolVm>.In(unit.Database).Columns} FROM pool_vms WHERE {where} ORDER BY id LIMIT "
                    + $"{{0}}"
                    + unit.Database.ForUpdateSkipLocked,
                most,
                value
            )
            .AsNoTracking()
            .ToListAsync();
#pragma warning restore EF1002, EF1003
}
