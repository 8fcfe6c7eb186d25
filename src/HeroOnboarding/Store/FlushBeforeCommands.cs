using System.Data.Common;
using Microsoft.EntityFrameworkCore.Diagnostics;

namespace HeroOnboarding.Store;

/// <summary>
/// Before a command of a unit's context, sends the unit's queued prepared statements, so that the command
/// sees their effect.
/// </summary>
internal sealed class FlushBeforeCommands : DbCommandInterceptor
{
    public override async ValueTask<InterceptionResult<DbDataReader>> ReaderExecutingAsync(
        DbCommand command,
        CommandEventData eventData,
        InterceptionResult<DbDataReader> result,
        CancellationToken cancellationToken = default
    )
    {
        await FlushAsync(eventData);
        return result;
    }

    public override async ValueTask<InterceptionResult<int>> NonQueryExecutingAsync(
        DbCommand command,
        CommandEventData eventData,
        InterceptionResult<int> result,
        CancellationToken cancellationToken = default
    )
    {
        await FlushAsync(eventData);
        return result;
    }

    public override async ValueTask<InterceptionResult<object>> ScalarExecutingAsync(
        DbCommand command,
        CommandEventData eventData,
        InterceptionResult<object> result,
        CancellationToken cancellationToken = default
    )
    {
        await FlushAsync(eventData);
        return result;
    }

    public override InterceptionResult<DbDataReader> ReaderExecuting(
        DbCommand command,
        CommandEventData eventData,
        InterceptionResult<DbDataReader> result
    ) => Refuse(eventData, result);

    public override InterceptionResult<int> NonQueryExecuting(
        DbCommand command,
        CommandEventData eventData,
        InterceptionResult<int> result
    ) => Refuse(eventData, result);

    public override InterceptionResult<object> ScalarExecuting(
        DbCommand command,
        CommandEventData eventData,
        InterceptionResult<object> result
    ) => Refuse(eventData, result);

    private static Task FlushAsync(CommandEventData command) =>
        (command.Context as OnboardingDb)?.Waiting is { HasPending: true } waiting
            ? waiting.FlushAsync()
            : Task.CompletedTask;

    /// <summary>
    /// Sending is asynchronous, and a unit must not block a thread: a synchronous command is a mistake in the code.
    /// </summary>
    private static T Refuse<T>(CommandEventData command, T result) =>
        (command.Context as OnboardingDb)?.Waiting is { HasPending: true }
            ? throw new InvalidOperationException("A unit reads and writes by asynchronous methods.")
            : result;
}
