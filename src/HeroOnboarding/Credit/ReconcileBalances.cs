using HeroOnboarding.Accounts;
using HeroOnboarding.Store;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Credit;

/// <summary>
/// The job that compares every stored balance with the sum of its transfers. It repairs nothing: a difference is a bug
/// or a manual change in the database.
/// </summary>
public sealed class ReconcileBalances(Database database, ILogger<ReconcileBalances> log) : IJob
{
    public async Task<string> RunAsync(CancellationToken cancel)
    {
        await using var db = database.Read();
        var wrong = await db
            .Database.SqlQueryRaw<string>(
                """
                SELECT a.sid AS "Value" FROM accounts a
                WHERE a.balance <>
                  COALESCE((SELECT SUM(t.amount) FROM transfers t WHERE t.credit = 'customer:' || a.sid), 0)
                  - COALESCE((SELECT SUM(t.amount) FROM transfers t WHERE t.debit = 'customer:' || a.sid), 0)
                LIMIT 100
                """
            )
            .ToListAsync(cancel);
        var accounts = await db.Accounts.CountAsync(cancel);
        if (wrong.Count == 0)
            return $"{accounts} balances agree with their transfers.";
        log.LogCritical("Balances differ from their transfers: {Accounts}", string.Join(", ", wrong));
        throw new InvalidOperationException($"{wrong.Count} of {accounts} balances differ from their transfers.");
    }
}
