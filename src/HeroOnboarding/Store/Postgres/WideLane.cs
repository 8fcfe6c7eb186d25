namespace HeroOnboarding.Store.Postgres;

/// <summary>As many units at once as there are connections for them, each with a transaction of its own; the rest wait. Lost races run again.</summary>
internal sealed class WideLane(int width, PostgresDatabase database) : WriteLane
{
    private const int Tries = 8;
    private readonly SemaphoreSlim turns = new(width, width);
    private int waiting;

    public override async Task RunAsync(WriteTurn turn, CancellationToken cancel)
    {
        if (Interlocked.Increment(ref waiting) > Capacity)
        {
            Interlocked.Decrement(ref waiting);
            throw Full();
        }
        try
        {
            await turns.WaitAsync(cancel);
        }
        finally
        {
            Interlocked.Decrement(ref waiting);
        }
        try
        {
            // The turn may have come in the very moment the caller gave up.
            cancel.ThrowIfCancellationRequested();
            await RunAsync(turn);
        }
        finally { turns.Release(); }
    }

    public override ValueTask DisposeAsync()
    {
        turns.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task RunAsync(WriteTurn turn)
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
                if (attempt == Tries)
                    throw new StoreBusyException($"The change lost {Tries} races in a row.", e);
                // A short random pause, or the same units meet again at once.
                await Task.Delay(Random.Shared.Next(1, 10 * attempt));
            }
        }
    }

    private async Task RunOnceAsync(WriteTurn turn)
    {
        await using var connection = await database.ConnectAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        await using (var scope = new WriteScope(connection, transaction, new PostgresPrepared(connection, transaction), database.OpenWrite))
            if (!await turn.WorkAsync(scope))
                return;
        try
        {
            await transaction.CommitAsync();
        }
        catch (Exception e) when (!database.IsTransient(e))
        {
            throw NotConfirmed(e);
        }
        turn.Committed();
    }
}
