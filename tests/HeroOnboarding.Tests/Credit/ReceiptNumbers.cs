using System.Data.Common;
using HeroOnboarding.Credit;
using HeroOnboarding.Store;
using HeroOnboarding.Tests.Stores;
using HeroOnboarding.Tests.Support;
using HeroOnboarding.Vms;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Tests.Credit;

/// <summary>
/// Every move of a customer's credit has one receipt, numbered per year without gaps, in the commit of the move.
/// </summary>
public sealed class ReceiptNumbers
{
    private static readonly Actor Tester = new("operator", "tester");

    [Theory, BothDatabases]
    public async Task Sixty_moves_at_once_with_refused_and_crashed_ones_in_between_are_numbered_without_gaps(Db db)
    {
        await using var portal = await Portal.StartAsync(db);
        var people = await Task.WhenAll(Enumerable.Range(0, 6).Select(n => portal.SignUpAsync("user" + n)));
        portal.Crash.Hook = (point, act) =>
        {
            if (point == "before commit" && act == "test.crash")
                throw new InvalidTimeZoneException();
        };
        var moves = Enumerable.Range(0, 60).Select(n => people[n % 6].TopUpAsync(n % 5 == 0 ? -n - 1 : n + 1));
        var refused = Enumerable
            .Range(0, 20)
            .Select(n => BookAsync(portal, "test.refused", people[n % 6], refuse: true));
        var crashed = Enumerable
            .Range(0, 20)
            .Select(n =>
                Assert.ThrowsAsync<InvalidTimeZoneException>(() =>
                    BookAsync(portal, "test.crash", people[n % 6], refuse: false)
                )
            );
        await Task.WhenAll(moves.Concat(refused).Concat(crashed));
        var year = portal.Now.UtcDateTime.Year;
        Assert.Equal(Enumerable.Range(1, 60).Select(n => Receipts.NumberOf(year, n)), await NumbersAsync(portal));
        Assert.Equal(60, await portal.ReadAsync(d => d.Set<ReceiptCounter>().Select(c => c.Last).SingleAsync()));
        await ExpectOneEachAsync(portal);
    }

    [Theory, BothDatabases]
    public async Task Numbers_begin_again_at_one_with_the_year_in_utc_to_the_microsecond(Db db)
    {
        await using var portal = await Portal.StartAsync(db);
        var asha = await portal.SignUpAsync("asha");
        var year = portal.Now.UtcDateTime.Year;
        var midnight = new DateTimeOffset(year + 1, 1, 1, 0, 0, 0, TimeSpan.Zero);
        await asha.TopUpAsync(100);
        portal.Clock.SetUtcNow(midnight - TimeSpan.FromMicroseconds(1));
        await asha.TopUpAsync(100);
        portal.Clock.SetUtcNow(midnight);
        await asha.TopUpAsync(100);
        await asha.TopUpAsync(100);
        Assert.Equal(
            [$"{year}-000001", $"{year}-000002", $"{year + 1}-000001", $"{year + 1}-000002"],
            await NumbersAsync(portal)
        );
    }

    [Theory, BothDatabases]
    public async Task Every_kind_of_move_of_a_customer_has_exactly_one_and_moves_between_others_have_none(Db db)
    {
        await using var portal = await Portal.StartAsync(db, Portal.Machines(2));
        var asha = await portal.SignUpWithPlanAsync("asha");
        foreach (var kind in Enum.GetValues<TransferKind>())
            await portal.Units.RunAsync(
                "test.move",
                Tester,
                async unit =>
                {
                    await Ledger.CreditAsync(unit, asha.Sid, "stripe", 7, kind, "in-" + kind);
                    await Ledger.DebitAsync(unit, asha.Sid, "stripe", 7, kind, "out-" + kind);
                    Ledger.Move(unit, "stripe", Ledger.Suspense, 7, kind, "beside-" + kind);
                }
            );
        Assert.Equal(
            2 + 2 * Enum.GetValues<TransferKind>().Length,
            await portal.ReadAsync(d => d.Receipts.CountAsync())
        );
        Assert.Equal(
            Enum.GetValues<TransferKind>().Length,
            await portal.ReadAsync(d => d.Transfers.CountAsync(t => !d.Set<Receipt>().Any(r => r.TransferSid == t.Sid)))
        );
        await ExpectOneEachAsync(portal);
    }

    [Theory, BothDatabases]
    public async Task A_purchase_its_first_machine_and_its_receipt_are_one_commit(Db db)
    {
        await using var portal = await Portal.StartAsync(db, Portal.Machines(1));
        var asha = await portal.SignUpAsync("asha");
        await asha.PassKycAsync();
        await asha.TopUpAsync(1000);
        var before = await portal.FactsAsync();
        portal.Crash.Hook = (point, act) =>
        {
            if (point == "before commit" && act == "plan.buy")
                throw new InvalidTimeZoneException();
        };
        Assert.Equal(500, (int)(await asha.BuyPlanAsync(startNow: true)).Status);
        portal.Crash.Hook = null;
        Assert.Equal(before, await portal.FactsAsync());
        var bought = (await asha.BuyPlanAsync(startNow: true)).Expect(201);
        var receipt = await portal.ReadAsync(d => d.Receipts.OrderByDescending(r => r.Number).FirstAsync());
        Assert.Equal(2, receipt.Seq);
        Assert.Equal(
            bought.Text("sid"),
            await portal.ReadAsync(d =>
                d.Transfers.Where(t => t.Sid == receipt.TransferSid).Select(t => t.Reference).SingleAsync()
            )
        );
    }

    [Theory, BothDatabases]
    public async Task A_repeated_form_gets_no_second_receipt(Db db)
    {
        await using var portal = await Portal.StartAsync(db, Portal.Machines(1));
        var asha = await portal.SignUpAsync("asha");
        await asha.PassKycAsync();
        await asha.TopUpAsync(5000);
        foreach (var _ in new[] { 1, 2 })
            (await asha.BuyPlanAsync(key: "the-same")).Expect(201);
        Assert.Equal(2, await portal.ReadAsync(d => d.Receipts.CountAsync()));
    }

    [Theory, BothDatabases]
    public async Task What_was_issued_is_never_changed_or_removed(Db db)
    {
        await using var portal = await Portal.StartAsync(db);
        var asha = await portal.SignUpAsync("asha");
        await asha.TopUpAsync(100);
        await portal.RefusesAsync(Breach.Trigger, "", "UPDATE receipts SET seller_name = 'somebody else'");
        await portal.RefusesAsync(Breach.Trigger, "", "UPDATE receipts SET account_name = 'juma'");
        await portal.RefusesAsync(Breach.Trigger, "", "DELETE FROM receipts");
        if (db == Db.Postgres)
            await portal.RefusesAsync(Breach.Trigger, "", "TRUNCATE receipts");
        Assert.Equal(1, await portal.ReadAsync(d => d.Receipts.CountAsync()));
    }

    [Theory, BothDatabases]
    public async Task The_store_itself_refuses_a_second_receipt_of_a_move_and_a_number_twice(Db db)
    {
        const string issue =
            "INSERT INTO receipts (number, year, seq, transfer_sid, account_sid, account_name, issued_at) SELECT "
            + "{0}, 2000, {1}, {2}, account_sid, account_name, 1 FROM receipts WHERE seq = 1";
        await using var portal = await Portal.StartAsync(db);
        var asha = await portal.SignUpAsync("asha");
        await asha.TopUpAsync(100);
        var transfer = await portal.ReadAsync(d => d.Transfers.Select(t => t.Sid).SingleAsync());
        await portal.RefusesAsync(Breach.Duplicate, "transfer_sid", issue, "2000-000001", 1L, transfer);
        await portal.AcceptsAsync(
            "INSERT INTO transfers (sid, debit, credit, amount, kind, reference, actor, created_at) VALUES ('t1', "
                + "'a', 'b', 1, 'operator_credit', 'x', 'test', 1), ('t2', 'a', 'b', 1, 'operator_credit', 'y', "
                + "'test', 1)"
        );
        await portal.AcceptsAsync(issue, "2000-000001", 1L, "t1");
        await portal.RefusesAsync(Breach.Duplicate, "year_seq", issue, "2000-1", 1L, "t2");
        await portal.RefusesAsync(Breach.Check, "ck_receipts_seq", issue, "2000-000000", 0L, "t2");
    }

    [Fact]
    public async Task Buying_crediting_taking_and_giving_back_at_once_never_lock_each_other_on_postgresql()
    {
        await using var portal = await Portal.StartAsync(
            Db.Postgres,
            Portal.Machines(60),
            new Dictionary<string, string?> { ["HANDOUTS_PER_SLOT"] = "1000" }
        );
        var people = await Task.WhenAll(Enumerable.Range(0, 10).Select(n => portal.SignUpAsync("user" + n)));
        foreach (var person in people)
        {
            await person.PassKycAsync();
            await person.TopUpAsync(1000);
        }
        await using var look = portal.Database.OpenWrite();
        using var trouble = new LockTrouble(look.Database.GetDbConnection());
        await Task.WhenAll(people.SelectMany(p => new[] { BuyAndGiveBackAsync(p), CreditAsync(p), CreditAsync(p) }));
        Assert.Empty(trouble.Heard);
        var count = await portal.ReadAsync(d => d.Receipts.CountAsync());
        Assert.Equal(10 * (1 + 1 + 12), count);
        Assert.Equal(
            Enumerable.Range(1, count).Select(n => Receipts.NumberOf(portal.Now.UtcDateTime.Year, n)),
            await NumbersAsync(portal)
        );
        await ExpectOneEachAsync(portal);
        await Vms.Invariants.HoldAsync(portal);
    }

    private static async Task BuyAndGiveBackAsync(Customer person)
    {
        (
            await person.ReleaseAsync(
                (await person.BuyPlanAsync(startNow: true))
                    .Expect(201)
                    .Json.GetProperty("vm")
                    .GetProperty("sid")
                    .GetString()!
            )
        ).Expect(200);
        for (var round = 0; round < 3; round++)
            (await person.ReleaseAsync((await person.AllocateAsync()).Expect(201).Text("sid"))).Expect(200);
    }

    private static async Task CreditAsync(Customer person)
    {
        for (var round = 0; round < 6; round++)
            await person.TopUpAsync(round % 2 == 0 ? 3 : -2);
    }

    /// <summary>Books something and then is refused, or stopped by the crash hook.</summary>
    private static Task BookAsync(Portal portal, string act, Customer person, bool refuse) =>
        portal.Units.RunAsync<bool>(
            act,
            Tester,
            async unit =>
            {
                Assert.True(
                    await Ledger.CreditAsync(
                        unit,
                        person.Sid,
                        Ledger.Adjustment,
                        5,
                        TransferKind.OperatorCredit,
                        unit.NewSid()
                    )
                );
                await unit.Db.SaveChangesAsync();
                return refuse ? VmRefusals.PoolEmpty : true;
            }
        );

    private static Task<List<string>> NumbersAsync(Portal portal) =>
        portal.ReadAsync(d => d.Receipts.OrderBy(r => r.Year).ThenBy(r => r.Seq).Select(r => r.Number).ToListAsync());

    /// <summary>Exactly one receipt for each transfer with a customer on a side, to that customer.</summary>
    private static async Task ExpectOneEachAsync(Portal portal)
    {
        var transfers = await portal.ReadAsync(d => d.Transfers.ToListAsync());
        var receipts = await portal.ReadAsync(d => d.Receipts.ToListAsync());
        Assert.Equal(
            transfers.Where(t => Ledger.CustomerOf(t) is not null).Select(t => (t.Sid, Ledger.CustomerOf(t)!)).Order(),
            receipts.Select(r => (r.TransferSid, r.AccountSid)).Order()
        );
    }
}

/// <summary>
/// Listens for statements that one PostgreSQL database ended because of locks: deadlock, serialization failure, waited
/// too long.
/// </summary>
internal sealed class LockTrouble
    : IObserver<System.Diagnostics.DiagnosticListener>,
        IObserver<KeyValuePair<string, object?>>,
        IDisposable
{
    private readonly string database;
    private readonly List<IDisposable> subscriptions = [];

    public LockTrouble(DbConnection connection)
    {
        database = connection.Database;
        subscriptions.Add(System.Diagnostics.DiagnosticListener.AllListeners.Subscribe(this));
    }

    public System.Collections.Concurrent.ConcurrentQueue<string> Heard { get; } = new();

    public void OnNext(System.Diagnostics.DiagnosticListener value)
    {
        if (value.Name == "Microsoft.EntityFrameworkCore")
            subscriptions.Add(value.Subscribe(this));
    }

    public void OnNext(KeyValuePair<string, object?> value)
    {
        if (
            value.Value
                is Microsoft.EntityFrameworkCore.Diagnostics.CommandErrorEventData
                {
                    Exception: Npgsql.PostgresException { SqlState: "40P01" or "40001" or "55P03" } error
                } failed
            && failed.Command.Connection?.Database == database
        )
            Heard.Enqueue($"{error.SqlState} {failed.Command.CommandText}");
    }

    public void OnCompleted() { }

    public void OnError(Exception error) { }

    public void Dispose() => subscriptions.ForEach(s => s.Dispose());
}
