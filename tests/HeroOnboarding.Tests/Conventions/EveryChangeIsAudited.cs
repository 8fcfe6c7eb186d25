using System.Text.RegularExpressions;
using HeroOnboarding.Accounts;
using HeroOnboarding.Pool;
using HeroOnboarding.Store;
using HeroOnboarding.Tests.Support;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace HeroOnboarding.Tests.Conventions;

/// <summary>
/// Every change leaves one audit row with its act, actor and subject. Each act that occurs in the source is carried out
/// once and its row checked.
/// </summary>
public sealed partial class EveryChangeIsAudited
{
    /// <summary>These files pass on the act of their callers.</summary>
    private static readonly string[] PassOn =
    [
        "src/HeroOnboarding/Accounts/LastUse.cs",
        "src/HeroOnboarding/Admin/Customers/ReviewAccount.cs",
        "src/HeroOnboarding/Store/Idempotency.cs",
        "src/HeroOnboarding/Store/UnitOfWorkRunner.cs",
    ];

    [Fact]
    public void Every_change_names_its_act_in_plain_sight()
    {
        foreach (var (path, text) in Source.Files("src", ".cs", ".cshtml").Where(f => !PassOn.Contains(f.Path)))
        foreach (Match call in WriterCall().Matches(text))
            Assert.True(call.Groups[1].Value.StartsWith('"'), $"{path}: {call.Value}…");
    }

    [Fact]
    public void The_list_of_unaudited_acts_holds_bookkeeping_that_really_happens()
    {
        Assert.Equal(
            [
                "challenge.sent",
                "clock.note",
                "health.write",
                "jobs.report",
                "jobs.take",
                "keys.store",
                "outbox.retry-later",
                "outbox.take",
                "pool.probe",
                "pool.sample",
                "pool.stage",
                "rates.hit",
                "session.touch",
                "store.prune",
                "token.touch",
                "webhook.count",
            ],
            UnitOfWorkRunner.Unaudited.Order(StringComparer.Ordinal)
        );
        Assert.Empty(UnitOfWorkRunner.Unaudited.Except(Acts()));
    }

    [Theory, BothDatabases]
    public async Task Each_use_case_leaves_exactly_one_row_with_who_and_whom(Db db)
    {
        await using var story = await AuditStory.StartAsync(db);
        var told = new List<string>();
        foreach (var (act, actor, tell) in story.Chapters)
        {
            var before = await story.Portal.ReadAsync(d => d.Audit.Select(r => r.Sid).ToListAsync());
            var subject = await tell();
            var rows = await story.Portal.ReadAsync(d => d.Audit.Where(r => !before.Contains(r.Sid)).ToListAsync());
            Assert.True(rows.Count == 1, $"{act}: {string.Join(", ", rows.Select(r => r.Act))}");
            Assert.Equal((act, actor, subject), (rows[0].Act, rows[0].ActorKind, rows[0].Subject));
            Assert.NotEmpty(rows[0].ActorId);
            Assert.Equal(story.Portal.Now, rows[0].At);
            told.Add(act);
        }
        var untold = Acts().Except(UnitOfWorkRunner.Unaudited).Except(told).ToList();
        Assert.True(untold.Count == 0, $"Add chapters for {string.Join(", ", untold)} to {nameof(AuditStory)}.");
        Assert.Empty(told.Except(Acts()));
    }

    [Theory, BothDatabases]
    public async Task What_is_refused_leaves_no_row(Db db)
    {
        await using var portal = await Portal.StartAsync(db, Portal.Machines(1));
        var asha = await portal.SignUpAsync("asha");
        var before = await portal.ReadAsync(d => d.Audit.CountAsync());
        (await asha.AllocateAsync()).ExpectRefusal(AccountRefusals.KycRequired);
        (await asha.BuyPlanAsync()).ExpectRefusal(AccountRefusals.KycRequired);
        (await asha.ReleaseAsync(Route.UnknownSid)).ExpectRefusal(Refusals.NotFound);
        (
            await portal.AdminPostAsync("/admin/kyc-verify", new { user_sid = Route.UnknownSid, reason = "a reason" })
        ).ExpectRefusal(Refusals.NotFound);
        (
            await portal.AdminPostAsync("/admin/pool-vm-ready", new { pool_vm_id = "vm-0001", lease_number = 7 })
        ).ExpectRefusal(PoolRefusals.PoolVmStaleLease);
        Assert.Equal(before, await portal.ReadAsync(d => d.Audit.CountAsync()));
    }

    [Theory, BothDatabases]
    public async Task Machines_and_customers_are_told_apart_in_the_audit(Db db)
    {
        await using var portal = await Portal.StartAsync(db, Portal.Machines(1));
        var asha = await portal.SignUpWithPlanAsync("asha");
        Assert.Equal(
            ("customer", asha.Sid),
            await portal.ReadAsync(async d =>
                (await d.Audit.SingleAsync(r => r.Act == "plan.buy")) is var row
                    ? (row.ActorKind, row.ActorId)
                    : default
            )
        );
        Assert.Equal(
            ("machine", "admin-secret"),
            await portal.ReadAsync(async d =>
                (await d.Audit.SingleAsync(r => r.Act == "kyc.verify")) is var row
                    ? (row.ActorKind, row.ActorId)
                    : default
            )
        );
    }

    /// <summary>Acts that the source passes to <c>UnitOfWorkRunner</c>.</summary>
    private static IReadOnlyList<string> Acts() =>
        [
            .. Source
                .Files("src", ".cs", ".cshtml")
                .SelectMany(f => Act().Matches(f.Text))
                .Select(m => m.Groups[1].Value)
                .Distinct()
                .Order(StringComparer.Ordinal),
        ];

    [GeneratedRegex(
        """(?:\b(?:Run|RunOnce|Change)Async(?:<[^"]*?>)?\(\s*|\blastUse\.Note\(\s*)"([a-z_]+\.[a-z_-]+)","""
    )]
    private static partial Regex Act();

    [GeneratedRegex("""\bwriter\.Run(?:Once)?Async(?:<[^"]*?>)?\(\s*([^,]+),""")]
    private static partial Regex WriterCall();
}
