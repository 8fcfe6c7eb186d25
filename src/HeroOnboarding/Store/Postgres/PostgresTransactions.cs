using Npgsql;

namespace HeroOnboarding.Store.Postgres;

/// <summary>
/// Runs as many units concurrently as there are connections for them, each in a transaction of its own; the others
/// wait. A unit that lost a race runs again.
/// </summary>
internal sealed class PostgresTransactions(int width, PostgresDatabase database) : CommitQueue
{
    private readonly SemaphoreSlim turns = new(width, width);

    public override async Task RunAsync(QueuedUnit turn, CancellationToken cancel)
    {
        BeginToWait();
        try
        {
            await turns.WaitAsync(cancel);
        }
        finally
        {
            EndToWait();
        }
        try
        {
            // The semaphore may be granted at the same time as the caller cancels.
            cancel.ThrowIfCancellationRequested();
            await RunAsync(turn);
        }
        finally
        {
            turns.Release();
        }
    }

    public override ValueTask DisposeAsync()
    {
        turns.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task RunAsync(QueuedUnit turn)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await RunOnceAsync(turn);
                return;
            }
            catch (Exception e) when (database.IsTransient(e))
            {
                if (attempt == PostgresDatabase.Tries)
                    throw new StoreBusyException($"The change lost {PostgresDatabase.Tries} races in a row.", e);
                if (PostgresDatabase.IsStalePlan(e))
                    database.ForgetPlansOfUnits();
                // A short random pause: without it the same units would conflict again.
                await Task.Delay(Random.Shared.Next(1, 10 * attempt));
            }
        }
    }

    private async Task RunOnceAsync(QueuedUnit turn)
    {
        await using var connection = await database.ConnectAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        var prepared = new PostgresStatements(connection, transaction);
        bool keeps;
        await using (var scope = new WriteScope(connection, transaction, prepared, database.OpenWrite))
            keeps = turn.Counts ? await WorkCountedAsync(turn, scope, transaction) : await turn.WorkAsync(scope);
        if (!keeps && !turn.Counts)
            return;
        await CommitAsync(transaction);
        if (keeps)
            turn.Committed();
    }

    /// <summary>
    /// Runs the work after a savepoint, so that the counter stays when the work is refused or throws.
    /// </summary>
    private async Task<bool> WorkCountedAsync(QueuedUnit turn, WriteScope scope, NpgsqlTransaction transaction)
    {
        if (!await turn.CountAsync(scope.Statements))
            return false;
        try
        {
            if (await turn.WorkAsync(scope))
                return true;
        }
        catch (Exception e) when (!database.IsTransient(e) && !database.IsUnavailable(e) && e is not StoreBusyException)
        {
            await RollbackToSavepointAsync(transaction);
            await CommitAsync(transaction);
            throw;
        }
        await RollbackToSavepointAsync(transaction);
        return false;
    }

    /// <summary>Rolls back to the savepoint. Statements that are still queued are never sent.</summary>
    private static async Task RollbackToSavepointAsync(NpgsqlTransaction transaction)
    {
        await using var command = new NpgsqlCommand(
            PreparedStatements.RollbackToSavepoint,
            transaction.Connection,
            transaction
        );
        await command.ExecuteNonQueryAsync();
    }

    private async Task CommitAsync(NpgsqlTransaction transaction)
    {
        try
        {
            await transaction.CommitAsync();
        }
        catch (Exception e) when (!database.IsTransient(e))
        {
            throw NotConfirmed(e);
        }
    }
}
