using System.Data.Common;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Store;

/// <summary>
/// What a unit writes on: one connection inside one transaction. Entity Framework's context is created at its first
/// use; hot units use prepared statements only and do not pay for it.
/// </summary>
/// <remarks>
/// Context and statements see each other's changes: before a prepared statement the changes that the context
/// tracks are saved (<see cref="StatementsOfUnit"/>), and before a command of the context the queued statements
/// are sent (<see cref="FlushBeforeCommands"/>).
/// </remarks>
internal sealed class WriteScope : IAsyncDisposable
{
    private readonly DbConnection connection;
    private readonly PreparedStatements prepared;
    private readonly Func<OnboardingDb> open;
    private OnboardingDb? db;

    /// <param name="open">Creates a context, which is then put on the connection.</param>
    public WriteScope(
        DbConnection connection,
        DbTransaction transaction,
        PreparedStatements prepared,
        Func<OnboardingDb> open
    )
    {
        (this.connection, Transaction, this.prepared, this.open) = (connection, transaction, prepared, open);
        Statements = new StatementsOfUnit(prepared, SaveContextAsync);
    }

    public DbTransaction Transaction { get; }

    public PreparedStatements Statements { get; }

    public OnboardingDb Db => db ??= OnConnection(open());

    /// <summary>Sends all unsaved changes of the context and all queued statements.</summary>
    public async Task SaveAsync()
    {
        await SaveContextAsync();
        await prepared.FlushAsync();
    }

    /// <summary>Disposes the context; its opener disposes connection and transaction.</summary>
    public ValueTask DisposeAsync() => db?.DisposeAsync() ?? ValueTask.CompletedTask;

    private Task SaveContextAsync() =>
        db?.ChangeTracker.HasChanges() == true ? db.SaveChangesAsync(CancellationToken.None) : Task.CompletedTask;

    private OnboardingDb OnConnection(OnboardingDb context)
    {
        context.Database.AutoSavepointsEnabled = false;
        context.Database.SetDbConnection(connection);
        context.Database.UseTransaction(Transaction);
        context.Waiting = prepared;
        return context;
    }
}
