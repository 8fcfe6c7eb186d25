using System.Text.Json;
using HeroOnboarding.Configuration;

namespace HeroOnboarding.Store;

/// <summary>
/// One unit of work: what it reads and writes becomes true together at COMMIT, or not at all. A unit may run twice, so
/// it touches
/// nothing outside; outgoing HTTP inside one throws.
/// </summary>
public sealed class Unit
{
    private static readonly AsyncLocal<Unit?> Ambient = new();
    private readonly List<OutboxRow> sent = [];
    private readonly List<Func<Task>> last = [];
    private Dictionary<Type, object>? passed;
    private readonly WriteScope scope;
    private readonly LoadedOptions options;

    internal Unit(WriteScope scope, Database database, LoadedOptions options, Actor actor, DateTimeOffset now)
    {
        this.scope = scope;
        Database = database;
        this.options = options;
        Actor = actor;
        Now = now;
    }

    /// <summary>The unit that is running. The ledger and the provisioners use it.</summary>
    /// <exception cref="InvalidOperationException">There is none.</exception>
    public static Unit Current =>
        Ambient.Value
        ?? throw new InvalidOperationException("This needs a unit of work: call it inside UnitOfWorkRunner.RunAsync.");

    public static bool IsRunning => Ambient.Value is not null;

    /// <summary>Entity Framework's view of the unit, made at the first use.</summary>
    public OnboardingDb Db => scope.Db;

    /// <summary>
    /// Statements that are parsed once, for the few units that everything waits for. They and <see cref="Db"/> see what
    /// the other did before; changes of tracked rows are saved before a statement runs.
    /// </summary>
    internal PreparedStatements Statements => scope.Statements;

    public Database Database { get; }

    /// <summary>Settings for static methods inside units; classes take them as constructor parameters.</summary>
    internal T Options<T>()
        where T : class => options.Get<T>();

    public Actor Actor { get; }

    /// <summary>One instant for the whole unit.</summary>
    public DateTimeOffset Now { get; }

    internal string? Subject { get; private set; }

    internal string? Detail { get; private set; }

    /// <summary>Messages of this unit; the Writer stores them when the work is done.</summary>
    internal IReadOnlyList<OutboxRow> Sent => sent;

    public string NewSid() => Names.NewSid(Now);

    /// <summary>What the audit row of this unit will say: whom it was about, and details or counts.</summary>
    public void Note(string? subject, object? detail = null)
    {
        Subject = subject;
        Detail = detail is null ? null : JsonSerializer.Serialize(detail, Json.Options);
    }

    /// <summary>Queues something that must happen elsewhere; it exists only if this unit commits.</summary>
    public void Send(string kind, string key, object body)
    {
        sent.Add(
            new OutboxRow
            {
                Sid = NewSid(),
                Kind = kind,
                Key = key,
                Body = JsonSerializer.Serialize(body, Json.Options),
                CreatedAt = Now,
                DueAt = Now,
            }
        );
    }

    /// <summary>
    /// Passes a value to code that the unit calls through an interface that has no parameter for it. One value per
    /// type; a later one replaces it.
    /// </summary>
    internal void Pass<T>(T value)
        where T : class => (passed ??= [])[typeof(T)] = value;

    /// <returns>What <see cref="Pass{T}"/> stored in this unit; null if nothing.</returns>
    internal T? Passed<T>()
        where T : class => (T?)passed?.GetValueOrDefault(typeof(T));

    /// <summary>
    /// Runs when the unit's work is done and not refused, before COMMIT: for what holds a lock that everybody wants.
    /// </summary>
    internal void AtEnd(Func<Task> work) => last.Add(work);

    internal async Task EndAsync()
    {
        // Writing is locking too: first everything else, so that nobody waits for a row while others wait for what
        // comes last.
        if (last.Count > 0)
            await scope.SaveAsync();
        foreach (var work in last)
            await work();
    }

    internal async Task<T> UseAsync<T>(Func<Task<T>> work)
    {
        Ambient.Value = this;
        try
        {
            return await work();
        }
        finally
        {
            Ambient.Value = null;
        }
    }
}

/// <summary>
/// Who acts, and which one: <c>customer</c>, <c>operator</c> (a person on the admin pages), <c>machine</c> (the secret
/// in a header), <c>system</c>,
/// <c>identity</c> (somebody signing in), <c>anonymous</c>.
/// </summary>
public sealed record Actor(string Kind, string Id)
{
    public static Actor System(string what) => new("system", what);

    public static Actor Customer(string sid) => new("customer", sid);

    public override string ToString() => Kind + ":" + Id;
}
