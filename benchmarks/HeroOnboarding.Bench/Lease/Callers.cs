using System.Globalization;
using HeroOnboarding.Store;
using HeroOnboarding.Vms;
using Npgsql;

namespace HeroOnboarding.Bench.Lease;

/// <summary>Rotates through the customers of one caller, so that no history grows long.</summary>
internal sealed class Turns(int caller, int callers)
{
    private int turn;

    public int Next() =>
        (caller + (callers * turn++ % (Filling.Customers / callers * callers))) % Filling.Customers + 1;
}

/// <summary>The floor without HTTP: the same units, called in the portal's own process.</summary>
internal sealed class UnitCaller(AllocateVm allocate, ReleaseVm release, bool keys, int number) : ICaller
{
    private readonly Turns turns = new(number, 64);
    private readonly string run = Guid.NewGuid().ToString("N");
    private string account = "";
    private int cycle;

    public async Task<Taken> TakeAsync()
    {
        account = Filling.Account(turns.Next());
        var key = keys
            ? new IdempotencyKey(
                "customer:" + account,
                string.Create(CultureInfo.InvariantCulture, $"{run}-{cycle++}"),
                "a fingerprint of the request"
            )
            : null;
        var outcome = await allocate.RunAsync(Actor.Customer(account), account, null, key);
        return outcome.IsRefused
            ? new(null, "", outcome.Refusal.Code)
            : new(outcome.Value.Value.PoolVmId, outcome.Value.Value.Sid, null, outcome.Value.Value.LeaseNumber);
    }

    public async Task<string?> GiveBackAsync(Taken taken)
    {
        var outcome = await release.RunAsync(Actor.Customer(account), account, taken.Sid, "customer");
        return outcome.IsRefused ? outcome.Refusal.Code : null;
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}

/// <summary>
/// The bare algorithm on PostgreSQL: one prepared UPDATE with SKIP LOCKED to take, one to release, each in a durable
/// commit of its own. No money, no rules, no receipt.
/// </summary>
internal sealed class BareCaller : ICaller
{
    private readonly NpgsqlConnection connection;
    private readonly NpgsqlCommand take;
    private readonly NpgsqlCommand giveBack;
    private readonly string prefix = Guid.NewGuid().ToString("N")[..20];
    private int cycle;

    public BareCaller(string url)
    {
        connection = new NpgsqlConnection(url);
        connection.Open();
        take = new NpgsqlCommand(
            """
            UPDATE pool_vms SET allocation_sid = $1, lease_number = lease_number + 1
            WHERE id = (SELECT id FROM pool_vms
              WHERE listed AND status = 'available' AND condition = 'clean' AND allocation_sid IS NULL
              ORDER BY free_since, id LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED)
            RETURNING id, lease_number
            """,
            connection
        );
        take.Parameters.Add(new NpgsqlParameter<string> { TypedValue = "" });
        giveBack = new NpgsqlCommand(
            "UPDATE pool_vms SET allocation_sid = NULL, free_since = $2 WHERE allocation_sid = $1",
            connection
        );
        giveBack.Parameters.Add(new NpgsqlParameter<string> { TypedValue = "" });
        giveBack.Parameters.Add(new NpgsqlParameter<long>());
        take.Prepare();
        giveBack.Prepare();
    }

    public async Task<Taken> TakeAsync()
    {
        var sid = prefix + cycle++.ToString("000000", CultureInfo.InvariantCulture);
        ((NpgsqlParameter<string>)take.Parameters[0]).TypedValue = sid;
        await using var row = await take.ExecuteReaderAsync();
        return await row.ReadAsync() ? new(row.GetString(0), sid, null, row.GetInt64(1)) : new(null, "", "pool.empty");
    }

    public async Task<string?> GiveBackAsync(Taken taken)
    {
        ((NpgsqlParameter<string>)giveBack.Parameters[0]).TypedValue = taken.Sid;
        ((NpgsqlParameter<long>)giveBack.Parameters[1]).TypedValue = Instants.ToMicros(TimeProvider.System.Now());
        return await giveBack.ExecuteNonQueryAsync() == 1 ? null : "not given back";
    }

    public async ValueTask DisposeAsync()
    {
        await take.DisposeAsync();
        await giveBack.DisposeAsync();
        await connection.DisposeAsync();
    }
}
