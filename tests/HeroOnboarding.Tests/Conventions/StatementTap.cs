using System.Collections.Concurrent;
using System.Data.Common;
using System.Diagnostics;
using Microsoft.EntityFrameworkCore.Diagnostics;

namespace HeroOnboarding.Tests.Conventions;

/// <summary>
/// Records the statements that Entity Framework and prepared statements send to one database, with their parameters.
/// </summary>
internal sealed class StatementTap
    : IObserver<DiagnosticListener>,
        IObserver<KeyValuePair<string, object?>>,
        IDisposable
{
    private readonly string database;
    private readonly List<IDisposable> subscriptions = [];
    private readonly ConcurrentQueue<Statement> heard = new();

    /// <param name="connection">Only statements to the same file or database are kept.</param>
    public StatementTap(DbConnection connection)
    {
        database = NameOf(connection);
        subscriptions.Add(DiagnosticListener.AllListeners.Subscribe(this));
    }

    /// <summary>Runs after each statement, before its caller goes on.</summary>
    public Action<string>? After { get; set; }

    /// <summary>
    /// The same with the command, whose connection and transaction can be used to change what it has just read.
    /// </summary>
    public Action<DbCommand>? AfterCommand { get; set; }

    public async Task HearAsync(Func<Task> action)
    {
        heard.Clear();
        await action();
    }

    /// <summary>The first statement of the last action that has all these words.</summary>
    public Statement Find(params string[] words) =>
        heard.FirstOrDefault(s => words.All(w => s.Sql.Contains(w, StringComparison.OrdinalIgnoreCase)))
        ?? throw new InvalidOperationException(
            $"Nothing with {string.Join(" and ", words)} among:\n{string.Join("\n---\n", heard.Select(s => s.Sql))}"
        );

    /// <summary>How many statements the last action sent.</summary>
    public int Count => heard.Count;

    public void OnNext(DiagnosticListener value)
    {
        if (value.Name is "Microsoft.EntityFrameworkCore" or "HeroOnboarding.Store")
            subscriptions.Add(value.Subscribe(this));
    }

    public void OnNext(KeyValuePair<string, object?> value)
    {
        if (
            ((value.Value as CommandExecutedEventData)?.Command ?? value.Value as DbCommand)
                is { Connection: { } connection } command
            && NameOf(connection) == database
        )
        {
            heard.Enqueue(
                new(
                    command.CommandText,
                    [.. command.Parameters.Cast<DbParameter>().Select(p => (p.ParameterName, p.Value))]
                )
            );
            After?.Invoke(command.CommandText);
            AfterCommand?.Invoke(command);
        }
    }

    public void OnCompleted() { }

    public void OnError(Exception error) { }

    public void Dispose() => subscriptions.ForEach(s => s.Dispose());

    private static string NameOf(DbConnection connection) => connection.DataSource + "/" + connection.Database;
}

/// <summary>A statement as it was sent.</summary>
internal sealed record Statement(string Sql, IReadOnlyList<(string Name, object? Value)> Parameters);
