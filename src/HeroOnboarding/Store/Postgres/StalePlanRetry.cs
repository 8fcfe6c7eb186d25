using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;
using Npgsql;

namespace HeroOnboarding.Store.Postgres;

/// <summary>
/// Runs a query again when its prepared plan is stale (see <see cref="PostgresDatabase.IsStalePlan"/>). For contexts
/// that only read: a change is run again as a whole unit of work. It reports no retries to Entity Framework, which
/// would then buffer every result; PostgreSQL refuses a stale plan before the first row.
/// </summary>
internal sealed class StalePlanRetry(ExecutionStrategyDependencies dependencies) : IExecutionStrategy
{
    private DbContext Context => dependencies.CurrentContext.Context;

    public bool RetriesOnFailure => false;

    public TResult Execute<TState, TResult>(
        TState state,
        Func<DbContext, TState, TResult> operation,
        Func<DbContext, TState, ExecutionResult<TResult>>? verifySucceeded
    )
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return operation(Context, state);
            }
            catch (Exception e) when (MayRepeat(e, attempt))
            {
                ForgetPlans();
            }
        }
    }

    public async Task<TResult> ExecuteAsync<TState, TResult>(
        TState state,
        Func<DbContext, TState, CancellationToken, Task<TResult>> operation,
        Func<DbContext, TState, CancellationToken, Task<ExecutionResult<TResult>>>? verifySucceeded,
        CancellationToken cancellationToken = default
    )
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await operation(Context, state, cancellationToken);
            }
            catch (Exception e) when (MayRepeat(e, attempt))
            {
                ForgetPlans();
            }
        }
    }

    private static bool MayRepeat(Exception error, int attempt) =>
        attempt < PostgresDatabase.Tries && PostgresDatabase.IsStalePlan(error);

    /// <summary>
    /// Closes the connections of the pool, any of which may have the stale plan; a busy one is closed when
    /// it is returned.
    /// </summary>
    private void ForgetPlans() => NpgsqlConnection.ClearPool((NpgsqlConnection)Context.Database.GetDbConnection());
}
