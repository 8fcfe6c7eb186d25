using HeroOnboarding.Accounts;
using HeroOnboarding.Credit;
using HeroOnboarding.Plans;
using HeroOnboarding.Store;
using HeroOnboarding.Tests.Support;
using HeroOnboarding.Vms;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Tests.Plans;

/// <summary>A value may be stale when it is used; the guarded UPDATE must refuse on its own.</summary>
public sealed class GatesBetweenCheckAndCommit
{
    private static readonly Actor Test = Actor.System("test");

    /// <summary>Each gate of a hand-out, closed after it was read.</summary>
    public static TheoryData<Db, string> Gates { get; } =
        new(
            from db in Enum.GetValues<Db>()
            from gate in new[]
            {
                "suspended",
                "unverified",
                "plan ended",
                "plan expired",
                "quota filled",
                "another account",
            }
            select (db, gate)
        );

    [Theory]
    [MemberData(nameof(Gates))]
    public async Task A_gate_that_closed_after_it_was_read_keeps_the_slot(Db db, string gate)
    {
        await using var portal = await Portal.StartAsync(db, Portal.Machines(3));
        var asha = await portal.SignUpWithPlanAsync("asha");
        var (account, purchase) = await ReadAsync(portal, asha);
        Assert.True(await TakeSlotAsync(portal, account, purchase));
        await CloseAsync(portal, gate, account, purchase);
        var before = await portal.ReadAsync(d => d.Purchases.AsNoTracking().SingleAsync());
        if (gate == "another account")
            account.Sid = Names.NewSid(portal.Now);
        Assert.False(await TakeSlotAsync(portal, account, purchase));
        Assert.Equal(before.Used, await portal.ReadAsync(d => d.Purchases.Select(p => p.Used).SingleAsync()));
    }

    /// <summary>Each gate of a purchase, closed after it was read.</summary>
    public static TheoryData<Db, string> ChargeGates { get; } =
        new(
            from db in Enum.GetValues<Db>()
            from gate in new[] { "suspended", "unverified", "credit spent" }
            select (db, gate)
        );

    [Theory]
    [MemberData(nameof(ChargeGates))]
    public async Task A_gate_that_closed_after_it_was_read_keeps_the_credit(Db db, string gate)
    {
        await using var portal = await Portal.StartAsync(db);
        var asha = await portal.SignUpAsync("asha");
        await asha.PassKycAsync();
        await asha.TopUpAsync(1000);
        var account = await portal.ReadAsync(d => d.Accounts.SingleAsync());
        await CloseAsync(portal, gate, account, null);
        var before = await portal.FactsAsync();
        var refused = await portal.Units.RunAsync<bool>(
            "test.charge",
            Test,
            async unit =>
                await Ledger.ChargeAsync(
                    unit,
                    asha.Sid,
                    10 * Money.MicrosPerDollar,
                    TransferKind.PlanPurchase,
                    unit.NewSid()
                )
                    is { } no
                    ? no
                    : true
        );
        Assert.Equal(CreditRefusals.CreditInsufficient, refused.Refusal);
        Assert.Equal(before, await portal.FactsAsync());
    }

    /// <summary>
    /// The same over HTTP on PostgreSQL, where two units run concurrently: the second waits for the row and then sees
    /// the change of the first.
    /// </summary>
    [Theory]
    [InlineData("UPDATE accounts SET suspended_at = 1", "account.suspended")]
    [InlineData("UPDATE accounts SET kyc_status = 'pending'", "kyc.required")]
    [InlineData("UPDATE purchases SET state = 'ended'", "plan.required")]
    [InlineData("UPDATE purchases SET used = vm_count", "quota.exhausted")]
    public async Task A_request_that_waits_for_a_closing_gate_finds_it_closed(string close, string code)
    {
        await using var portal = await Portal.StartAsync(Db.Postgres, Portal.Machines(3));
        var asha = await portal.SignUpWithPlanAsync("asha");
        await using var other = portal.Database.OpenWrite();
        await using var closing = await other.Database.BeginTransactionAsync();
        await other.Database.ExecuteSqlRawAsync(close);
        var asking = asha.AllocateAsync();
        await portal.SomebodyWaitsAsync();
        Assert.False(asking.IsCompleted);
        await closing.CommitAsync();
        Assert.Equal(code, (await asking).Code);
        Assert.Equal(0, await portal.ReadAsync(d => d.VmAllocations.CountAsync()));
    }

    private static async Task<(Account, Purchase)> ReadAsync(Portal portal, Customer customer) =>
        (
            await portal.ReadAsync(d => d.Accounts.SingleAsync(a => a.Sid == customer.Sid)),
            await portal.ReadAsync(d => d.Purchases.SingleAsync(p => p.AccountSid == customer.Sid))
        );

    private static async Task<bool> TakeSlotAsync(Portal portal, Account account, Purchase purchase) =>
        (
            await portal.Units.RunAsync<bool>(
                "test.slot",
                Test,
                async unit => await Slots.TakeAsync(unit, account.Sid, purchase.Sid)
            )
        ).Value;

    private static async Task CloseAsync(Portal portal, string gate, Account account, Purchase? purchase)
    {
        if (gate == "plan expired")
        {
            portal.Clock.Advance(purchase!.PeriodEnd - portal.Now + TimeSpan.FromMicroseconds(1));
            return;
        }
        await portal.Units.RunAsync(
            "test.close",
            Test,
            unit =>
                unit.Db.Database.ExecuteSqlRawAsync(
                    gate switch
                    {
                        "suspended" => "UPDATE accounts SET suspended_at = 1 WHERE sid = {0}",
                        "unverified" => "UPDATE accounts SET kyc_status = 'expired' WHERE sid = {0}",
                        "credit spent" => "UPDATE accounts SET balance = 9999999 WHERE sid = {0}",
                        "plan ended" => "UPDATE purchases SET state = 'ended' WHERE account_sid = {0}",
                        "quota filled" => "UPDATE purchases SET used = vm_count WHERE account_sid = {0}",
                        _ => "UPDATE accounts SET email = NULL WHERE sid = {0}",
                    },
                    account.Sid
                )
        );
    }
}
