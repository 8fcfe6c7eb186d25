using HeroOnboarding.Accounts;
using HeroOnboarding.Credit;
using HeroOnboarding.Plans;
using HeroOnboarding.Store;
using HeroOnboarding.Tests.Support;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Tests.Credit;

public sealed class TheLedger
{
    [Theory, BothDatabases]
    public async Task Two_hundred_purchases_at_once_with_credit_for_one_make_exactly_one(Db db)
    {
        await using var portal = await Portal.StartAsync(db);
        var asha = await portal.SignUpAsync("asha");
        await asha.PassKycAsync();
        await asha.TopUpAsync(1999);
        var replies = await Task.WhenAll(
            Enumerable
                .Range(0, 200)
                .Select(i => asha.BuyPlanAsync(i % 2 == 0 ? "vms-5" : "vms-10", key: i % 3 == 0 ? $"key-{i}" : null))
        );
        Assert.Single(replies, r => r.Status == System.Net.HttpStatusCode.Created);
        Assert.All(
            replies.Where(r => r.Status != System.Net.HttpStatusCode.Created),
            r => Assert.Contains(r.Code, new[] { "plan.already_active", "credit.insufficient" })
        );
        Assert.Equal(
            Money.FromCents(999),
            await portal.ReadAsync(d => d.Accounts.Select(a => a.Balance).SingleAsync())
        );
        Assert.Equal(1, await portal.ReadAsync(d => d.Purchases.CountAsync()));
        await ExpectSumsAsync(portal);
    }

    [Theory, BothDatabases]
    public async Task Purchases_of_many_people_with_too_little_credit_never_overdraw(Db db)
    {
        await using var portal = await Portal.StartAsync(db);
        var people = new List<Customer>();
        for (var i = 0; i < 12; i++)
        {
            people.Add(await portal.SignUpAsync($"user-{i}"));
            await people[i].PassKycAsync();
            await people[i].TopUpAsync(i % 2 == 0 ? 999 : 1000);
        }
        var replies = await Task.WhenAll(Enumerable.Range(0, 4).SelectMany(_ => people).Select(p => p.BuyPlanAsync()));
        Assert.Equal(6, replies.Count(r => r.Status == System.Net.HttpStatusCode.Created));
        Assert.Equal(0, await portal.ReadAsync(d => d.Accounts.CountAsync(a => a.Balance < 0)));
        Assert.Equal(
            6 * 10 * Money.MicrosPerDollar,
            await portal.ReadAsync(d => d.Transfers.Where(t => t.Credit == Ledger.Revenue).SumAsync(t => t.Amount))
        );
        await ExpectSumsAsync(portal);
    }

    [Theory, BothDatabases]
    public async Task Fifty_credits_and_debits_at_once_add_up(Db db)
    {
        await using var portal = await Portal.StartAsync(db);
        var asha = await portal.SignUpAsync("asha");
        var amounts = Enumerable.Range(1, 50).Select(i => i % 2 == 0 ? -i : 3 * i).ToList();
        await Task.WhenAll(amounts.Select(a => asha.TopUpAsync(a)));
        Assert.Equal(
            Money.FromCents(amounts.Sum()),
            await portal.ReadAsync(d => d.Accounts.Select(a => a.Balance).SingleAsync())
        );
        Assert.Equal(50, await portal.ReadAsync(d => d.Transfers.CountAsync()));
        await ExpectSumsAsync(portal);
    }

    [Theory, BothDatabases]
    public async Task A_balance_changed_by_hand_is_found_and_left_alone(Db db)
    {
        await using var portal = await Portal.StartAsync(db);
        var (asha, juma) = (await portal.SignUpAsync("asha"), await portal.SignUpAsync("juma"));
        await asha.TopUpAsync(500);
        await juma.TopUpAsync(-70);
        Assert.True((await portal.RunJobAsync("credit.reconcile"))!.Ok);
        await portal.Units.RunAsync(
            "test.hand",
            Actor.System("test"),
            unit =>
                unit.Db.Database.ExecuteSqlRawAsync(
                    "UPDATE accounts SET balance = balance + 1 WHERE sid = {0}",
                    juma.Sid
                )
        );
        var run = await portal.RunJobAsync("credit.reconcile");
        Assert.False(run!.Ok);
        Assert.Contains(
            portal.Log.Lines,
            l =>
                l.StartsWith("Critical", StringComparison.Ordinal)
                && l.Contains(juma.Sid, StringComparison.Ordinal)
                && !l.Contains(asha.Sid, StringComparison.Ordinal)
        );
        Assert.Equal(
            -699_999,
            await portal.ReadAsync(d => d.Accounts.Where(a => a.Sid == juma.Sid).Select(a => a.Balance).SingleAsync())
        );
    }

    [Theory, BothDatabases]
    public async Task Operators_may_debit_below_zero_and_the_reason_is_kept(Db db)
    {
        await using var portal = await Portal.StartAsync(db);
        var asha = await portal.SignUpAsync("asha");
        var reply = (
            await portal.AdminPostAsync(
                "/admin/credit-adjust",
                new
                {
                    user_sid = asha.Sid,
                    amount_cents = -250,
                    reason = "  charged back  ",
                }
            )
        ).Expect(200);
        Assert.Equal((-250, -250), (reply.Number("amount_cents"), reply.Number("credit_balance_cents")));
        var transfer = await portal.ReadAsync(d => d.Transfers.SingleAsync());
        Assert.Equal(
            (Ledger.Of(asha.Sid), Ledger.Adjustment, 2_500_000, "charged back"),
            (transfer.Debit, transfer.Credit, transfer.Amount, transfer.Reason)
        );
        var audit = await portal.ReadAsync(d => d.Audit.SingleAsync(a => a.Act == "credit.adjust"));
        Assert.Equal((asha.Sid, "machine"), (audit.Subject, audit.ActorKind));
        Assert.Contains("charged back", audit.Detail, StringComparison.Ordinal);
    }

    [Theory, BothDatabases]
    public async Task Amounts_and_reasons_that_make_no_sense_are_refused(Db db)
    {
        await using var portal = await Portal.StartAsync(db);
        var asha = await portal.SignUpAsync("asha");
        var before = await portal.FactsAsync();
        foreach (var amount in new[] { "0", "100000001", "-100000001", "9223372036854775807", "-9223372036854775808" })
            (await AdjustAsync(portal, asha.Sid, amount, "\"a reason\"")).ExpectRefusal(CreditRefusals.AmountInvalid);
        foreach (
            var amount in new[] { "1.5", "1e2", "9223372036854775808", "1e400", "\"5\"", "true", "[5]", "{}", "-0.1" }
        )
            (await AdjustAsync(portal, asha.Sid, amount, "\"a reason\"")).ExpectRefusal(Refusals.BodyInvalid);
        (await AdjustAsync(portal, asha.Sid, "null", "\"a reason\"")).ExpectRefusal(CreditRefusals.AmountInvalid);
        foreach (var reason in new[] { "null", "\"\"", "\"  \"", "\"ab\"", "\" ab \"" })
            (await AdjustAsync(portal, asha.Sid, "5", reason)).ExpectRefusal(Refusals.ReasonRequired);
        (await AdjustAsync(portal, asha.Sid, "5", $"\"{new string('r', 501)}\"")).ExpectRefusal(Refusals.BodyInvalid);
        (await AdjustAsync(portal, Names.NewSid(portal.Now), "5", "\"a reason\"")).ExpectRefusal(Refusals.NotFound);
        (await AdjustAsync(portal, "' OR 1=1 --", "5", "\"a reason\"")).ExpectRefusal(Refusals.NotFound);
        Assert.Equal(before, await portal.FactsAsync());
    }

    private static Task<Reply> AdjustAsync(Portal portal, string sid, string amount, string reason) =>
        portal
            .Browser()
            .SendRawAsync(
                HttpMethod.Post,
                "/admin/credit-adjust",
                $$"""{"user_sid":"{{sid}}","amount_cents":{{amount}},"reason":{{reason}}}""",
                Portal.AdminSecret
            );

    /// <summary>
    /// Every balance is the sum of its transfers, and the ledger as a whole sums to zero because each row has two
    /// sides.
    /// </summary>
    private static async Task ExpectSumsAsync(Portal portal)
    {
        var transfers = await portal.ReadAsync(d => d.Transfers.ToListAsync());
        foreach (var account in await portal.ReadAsync(d => d.Accounts.ToListAsync()))
            Assert.Equal(
                account.Balance,
                transfers.Where(t => t.Credit == Ledger.Of(account.Sid)).Sum(t => t.Amount)
                    - transfers.Where(t => t.Debit == Ledger.Of(account.Sid)).Sum(t => t.Amount)
            );
        Assert.True((await portal.RunJobAsync("credit.reconcile"))!.Ok);
    }
}
