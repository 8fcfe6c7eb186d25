using System.Data.Common;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Store;

/// <summary>
/// What a unit writes on: one connection inside one transaction. Entity Framework's context is made when it is first
/// asked for; the few hot
/// units use prepared statements only and never pay for it.
/// </summary>
/// <param name="open">A context that is then put on the connection.</param>
internal sealed class WriteScope(
    DbConnection connection,
    DbTransaction transaction,
    PreparedStatements prepared,
    Func<OnboardingDb> open
) : IAsyncDisposable
{
    private OnboardingDb? db;

    public DbTransaction Transaction => transaction;

    public PreparedStatements Statements => prepared;

    public OnboardingDb Db
    {
        get
        {
            // Whoever looks through the context sees all that the unit has done so far. Rare: the units that let
            // changes wait have no context.
            if (prepared.HasPending)
                prepared.FlushAsync().GetAwaiter().GetResult();
            return db ??= OnConnection(open());
        }
    }

    /// <summary>Sends what is still held back, by the statements that may wait and by the context.</summary>
    public async Task SaveAsync()
    {
        await prepared.FlushAsync();
        if (db is not null)
            await db.SaveChangesAsync(CancellationToken.None);
    }

    /// <summary>Ends the context; connection and transaction belong to whoever opened them.</summary>
    public ValueTask DisposeAsync() => db?.DisposeAsync() ?? ValueTask.CompletedTask;

    private OnboardingDb OnConnection(OnboardingDb context)
    {
        context.Database.AutoSavepointsEnabled = false;
        context.Database.SetDbConnection(connection);
        context.Database.UseTransaction(transaction);
        return context;
    }
}
