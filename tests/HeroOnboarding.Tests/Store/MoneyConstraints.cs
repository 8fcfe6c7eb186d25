using HeroOnboarding.Accounts;
using HeroOnboarding.Credit;
using HeroOnboarding.Store;
using HeroOnboarding.Tests.Support;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Tests.Stores;

/// <summary>Constraints of the ledger: bookings are unique and permanent, and purchases never overdraw.</summary>
public sealed class MoneyConstraints
{
    private const string Book = """
        INSERT INTO transfers (sid, debit, credit, amount, kind, reference, actor, created_at)
        VALUES ({0}, {1}, {2}, {3}, {4}, {5}, 'test', 1)
        """;

    [Theory, BothDatabases]
    public async Task One_event_is_booked_once(Db db)
    {
        await using var portal = await Portal.StartAsync(db);
        await portal.AcceptsAsync(Book, "t1", "adjustment", "customer:a", 5L, "operator_credit", "event-1");
        await portal.RefusesAsync(
            Breach.Duplicate,
            "kind_reference",
            Book,
            "t2",
            "adjustment",
            "customer:b",
            7L,
            "operator_credit",
            "event-1"
        );
        await portal.AcceptsAsync(Book, "t3", "customer:a", "adjustment", 5L, "operator_debit", "event-1");
    }

    [Theory, BothDatabases]
    public async Task A_transfer_moves_something_from_one_side_to_the_other(Db db)
    {
        await using var portal = await Portal.StartAsync(db);
        await portal.RefusesAsync(
            Breach.Check,
            "ck_transfers_amount",
            Book,
            "t1",
            "adjustment",
            "revenue",
            0L,
            "operator_credit",
            "zero"
        );
        await portal.RefusesAsync(
            Breach.Check,
            "ck_transfers_amount",
            Book,
            "t2",
            "adjustment",
            "revenue",
            -1L,
            "operator_credit",
            "minus"
        );
        await portal.RefusesAsync(
            Breach.Check,
            "ck_transfers_sides",
            Book,
            "t3",
            "revenue",
            "revenue",
            1L,
            "operator_credit",
            "circle"
        );
        await portal.AcceptsAsync(Book, "t4", "adjustment", "revenue", 1L, "operator_credit", "fine");
    }

    [Theory, BothDatabases]
    public async Task What_is_booked_is_never_changed_or_removed(Db db)
    {
        await using var portal = await Portal.StartAsync(db);
        await portal.AcceptsAsync(Book, "t1", "adjustment", "customer:a", 5L, "operator_credit", "event-1");
        await portal.RefusesAsync(Breach.Trigger, "", "UPDATE transfers SET amount = 6");
        await portal.RefusesAsync(Breach.Trigger, "", "UPDATE transfers SET reason = 'a nicer story'");
        await portal.RefusesAsync(Breach.Trigger, "", "DELETE FROM transfers");
        if (db == Db.Postgres)
            await portal.RefusesAsync(Breach.Trigger, "", "TRUNCATE transfers CASCADE");
        Assert.Equal(5, await portal.ReadAsync(d => d.Transfers.SumAsync(t => t.Amount)));
    }

    [Theory, BothDatabases]
    public async Task A_purchase_never_overdraws_whatever_was_read_before(Db db)
    {
        await using var portal = await Portal.StartAsync(db);
        var asha = await portal.SignUpAsync("asha");
        await asha.PassKycAsync();
        await asha.TopUpAsync(999);
        foreach (
            var (amount, expected) in new[]
            {
                (Money.FromCents(1000), CreditRefusals.CreditInsufficient),
                (Money.FromCents(999), null),
            }
        )
        {
            var outcome = await portal.Units.RunAsync<bool>(
                "test.charge",
                Actor.System("test"),
                async unit =>
                    await Ledger.ChargeAsync(unit, asha.Sid, amount, TransferKind.PlanPurchase, unit.NewSid()) is { } no
                        ? no
                        : true
            );
            Assert.Equal(expected?.Code, outcome.IsRefused ? outcome.Refusal.Code : null);
        }
        Assert.Equal(0, await portal.ReadAsync(d => d.Accounts.Select(a => a.Balance).SingleAsync()));
    }

    [Theory, BothDatabases]
    public async Task A_purchase_asks_once_more_whether_the_person_may_buy(Db db)
    {
        await using var portal = await Portal.StartAsync(db);
        var asha = await portal.SignUpAsync("asha");
        await asha.PassKycAsync();
        await asha.TopUpAsync(1000);
        foreach (var change in new[] { "suspended_at = 1", "suspended_at = NULL, kyc_status = 'pending'" })
        {
            await portal.AcceptsAsync($"UPDATE accounts SET {change}");
            var outcome = await portal.Units.RunAsync<bool>(
                "test.charge",
                Actor.System("test"),
                async unit =>
                    await Ledger.ChargeAsync(unit, asha.Sid, 1, TransferKind.PlanPurchase, unit.NewSid()) is { } no
                        ? no
                        : true
            );
            Assert.True(outcome.IsRefused, change);
        }
        Assert.Equal(1, await portal.ReadAsync(d => d.Transfers.CountAsync()));
    }

    [Theory, BothDatabases]
    public async Task A_balance_changed_by_hand_is_found_by_the_reconcile_job(Db db)
    {
        await using var portal = await Portal.StartAsync(db);
        var asha = await portal.SignUpAsync("asha");
        await asha.TopUpAsync(1000);
        Assert.True((await portal.RunJobAsync("credit.reconcile"))!.Ok);
        await portal.AcceptsAsync("UPDATE accounts SET balance = balance + 1");
        Assert.False((await portal.RunJobAsync("credit.reconcile"))!.Ok);
        Assert.Contains(
            portal.Log.Lines,
            l => l.StartsWith("Critical", StringComparison.Ordinal) && l.Contains(asha.Sid, StringComparison.Ordinal)
        );
    }
}

/// <summary>Constraints of identities: an account keeps its identity, and an identity belongs to one account.</summary>
public sealed class IdentityConstraints
{
    private const string Account = """
        INSERT INTO accounts (sid, forge_issuer, forge_id, mycelium_address, kyc_status, balance, created_at,
          last_sign_in_at)
        VALUES ({0}, NULLIF({1}, ''), NULLIF({2}, ''), NULLIF({3}, ''), 'pending', 0, 1, 1)
        """;

    [Theory, BothDatabases]
    public async Task An_account_has_an_identity_and_a_whole_one(Db db)
    {
        await using var portal = await Portal.StartAsync(db);
        await portal.RefusesAsync(Breach.Check, "ck_accounts_identity", Account, "a1", "", "", "");
        await portal.RefusesAsync(Breach.Check, "ck_accounts_forge_pair", Account, "a2", "", "7", "");
        await portal.RefusesAsync(
            Breach.Check,
            "ck_accounts_forge_pair",
            Account,
            "a3",
            "https://forge.test",
            "",
            "548::1"
        );
        await portal.AcceptsAsync(Account, "a4", "https://forge.test", "7", "");
        await portal.AcceptsAsync(Account, "a5", "", "", "548::1");
        await portal.RefusesAsync(
            Breach.Check,
            "ck_accounts_identity",
            "UPDATE accounts SET mycelium_address = NULL WHERE sid = 'a5'"
        );
    }

    [Theory, BothDatabases]
    public async Task An_identity_belongs_to_one_account(Db db)
    {
        await using var portal = await Portal.StartAsync(db);
        await portal.AcceptsAsync(Account, "a1", "https://forge.test", "7", "548::1");
        await portal.RefusesAsync(
            Breach.Duplicate,
            "forge_issuer_forge_id",
            Account,
            "a2",
            "https://forge.test",
            "7",
            ""
        );
        await portal.AcceptsAsync(Account, "a3", "https://other.test", "7", "");
        await portal.RefusesAsync(Breach.Duplicate, "mycelium_address", Account, "a4", "", "", "548::1");
    }

    [Theory, BothDatabases]
    public async Task One_event_is_queued_once(Db db)
    {
        const string send =
            "INSERT INTO outbox (sid, kind, key, body, created_at, due_at, attempts, stuck) VALUES ({0}, {1}, "
            + "'vm:1', '{{}}', 1, 1, 0, false)";
        await using var portal = await Portal.StartAsync(db);
        await portal.AcceptsAsync(send, "o1", "deployer.assign");
        await portal.RefusesAsync(Breach.Duplicate, "kind_key", send, "o2", "deployer.assign");
        await portal.AcceptsAsync(send, "o3", "deployer.release");
    }

    [Theory, BothDatabases]
    public async Task Only_a_duplicate_counts_as_one(Db db)
    {
        await using var held = await Held.StartAsync(db);
        var portal = held.Portal;
        var duplicate = await portal.RefusesAsync(
            Breach.Duplicate,
            "pk_",
            "INSERT INTO meta (key, value) SELECT key, value FROM meta"
        );
        var unique = await portal.RefusesAsync(
            Breach.Duplicate,
            "kind_key",
            "UPDATE outbox SET kind = 'deployer.assign', key = (SELECT MIN(key) FROM outbox); INSERT INTO outbox "
                + "(sid, kind, key, body, created_at, due_at, attempts, stuck) SELECT 'again', kind, key, body, 1, "
                + "1, 0, false FROM outbox"
        );
        var check = await portal.RefusesAsync(Breach.Check, "ck_purchases_quota", "UPDATE purchases SET used = -1");
        var foreign = await portal.RefusesAsync(Breach.ForeignKey, "", "DELETE FROM accounts");
        Assert.True(portal.Database.IsDuplicateKey(duplicate));
        Assert.True(portal.Database.IsDuplicateKey(new DbUpdateException("wrapped", unique)));
        Assert.False(portal.Database.IsDuplicateKey(check));
        Assert.False(portal.Database.IsDuplicateKey(foreign));
        Assert.False(
            portal.Database.IsDuplicateKey(
                new InvalidOperationException("duplicate key value violates unique constraint")
            )
        );
        Assert.All(
            [duplicate, unique, check, foreign],
            error => Assert.False(portal.Database.IsTransient(error) || portal.Database.IsUnavailable(error))
        );
    }
}
