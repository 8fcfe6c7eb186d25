using System.Text.Json;
using HeroOnboarding.Configuration;

namespace HeroOnboarding.Store;

/// <summary>
/// One unit of work: what it reads and writes becomes true together at COMMIT, or not at all. A unit may run twice, so
/// it changes nothing outside the store; outgoing HTTP inside one throws.
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

    /// <summary>The running unit. The ledger and the provisioners use it.</summary>
    /// <exception cref="InvalidOperationException">No unit is running.</exception>
    public static Unit Current =>
        Ambient.Value
        ?? throw new InvalidOperationException("This needs a unit of work: call it inside UnitOfWorkRunner.RunAsync.");

    public static bool IsRunning => Ambient.Value is not null;

    /// <summary>Entity Framework's context of the unit, created at the first use.</summary>
    public OnboardingDb Db => scope.Db;

    /// <summary>
    /// Statements that are parsed once, for the few hot units. They and <see cref="Db"/> see each other's changes;
    /// changes of tracked rows are saved before a statement runs.
    /// </summary>
    internal PreparedStatements Statements => scope.Statements;

    public Database Database { get; }

    /// <summary>Options for static methods inside units; classes take them as constructor parameters.</summary>
    internal T Options<T>()
        where T : class => options.Get<T>();

    public Actor Actor { get; }

    /// <summary>The instant of the whole unit.</summary>
    public DateTimeOffset Now { get; }

    internal string? Subject { get; private set; }

    internal string? Detail { get; private set; }

    /// <summary>The messages of this unit. <see cref="UnitOfWorkRunner"/> stores them when the work is done.</summary>
    internal IReadOnlyList<OutboxRow> Sent => sent;

    public string NewSid() => Names.NewSid(Now);

    /// <summary>Sets subject and details of the unit's audit row.</summary>
    public void Note(string? subject, object? detail = null)
    {
        Subject = subject;
        Detail = detail is null ? null : JsonSerializer.Serialize(detail, Json.Options);
    }

    /// <summary>Queues an outbox message; it exists only if this unit commits.</summary>
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
    /// Passes a value to code that the unit calls through an interface without a parameter for it. One value per type;
    /// a later one replaces it.
    /// </summary>
    internal void Pass<T>(T value)
        where T : class => (passed ??= [])[typeof(T)] = value;

    /// <returns>What <see cref="Pass{T}"/> stored in this unit; null if nothing.</returns>
    internal T? Passed<T>()
        where T : class => (T?)passed?.GetValueOrDefault(typeof(T));

    /// <summary>
    /// Runs when the work is done and not refused, before COMMIT. For work that locks a row which every unit needs.
    /// </summary>
    internal void AtEnd(Func<Task> work) => last.Add(work);

    internal async Task EndAsync()
    {
        // A write locks its row. All other changes are saved first, so that no unit waits for a row while it holds the
        // contended lock of the last work.
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
/// in a header), <c>system</c>, <c>identity</c> (a person who is signing in), <c>anonymous</c>.
/// </summary>
public sealed record Actor(string Kind, string Id)
{
    public static Actor System(string what) => new("system", what);

    public static Actor Customer(string sid) => new("customer", sid);

    public override string ToString() => Kind + ":" + Id;
}
