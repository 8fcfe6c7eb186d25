using System.Data.Common;
using HeroOnboarding.Plans;
using HeroOnboarding.Tests.Support;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace HeroOnboarding.Tests.Stores;

/// <summary>Why a database refuses a statement.</summary>
public enum Breach
{
    Duplicate,
    Check,
    ForeignKey,
    Trigger,
}

/// <summary>Writes directly into the store, to test its constraints.</summary>
internal static class Breaking
{
    /// <summary>Runs SQL that the database must refuse for exactly this reason.</summary>
    /// <param name="by">Part of the constraint's name; for SQLite's duplicates, which name columns, the table.</param>
    public static async Task<DbException> RefusesAsync(
        this Portal portal,
        Breach expected,
        string by,
        string sql,
        params object[] values
    )
    {
        await using var db = portal.Database.OpenWrite();
        var error = await Assert.ThrowsAnyAsync<DbException>(() => db.Database.ExecuteSqlRawAsync(sql, values));
        Assert.Equal(expected, KindOf(error));
        if (expected is Breach.Check || (expected is Breach.Duplicate && portal.Db == Db.Postgres))
            Assert.Contains(by, NameOf(error), StringComparison.OrdinalIgnoreCase);
        return error;
    }

    /// <summary>
    /// Runs SQL that must be accepted, so that the refusal beside it is known to have the reason it claims.
    /// </summary>
    public static async Task AcceptsAsync(this Portal portal, string sql, params object[] values)
    {
        await using var db = portal.Database.OpenWrite();
        Assert.True(await db.Database.ExecuteSqlRawAsync(sql, values) > 0, "No row was touched: " + sql);
    }

    /// <summary>The same person with the same cookies, at the portal that was started again.</summary>
    public static Customer Again(this Customer customer)
    {
        var browser = customer.Portal.Browser();
        browser.Cookies.Add(customer.Browser.Cookies.GetAllCookies());
        return new(customer.Portal, browser, customer.Sid);
    }

    private static Breach KindOf(DbException error) =>
        error switch
        {
            SqliteException { SqliteExtendedErrorCode: 2067 or 1555 } => Breach.Duplicate,
            SqliteException { SqliteExtendedErrorCode: 275 } => Breach.Check,
            SqliteException { SqliteExtendedErrorCode: 787 } => Breach.ForeignKey,
            // SQLite implements ON DELETE RESTRICT as a trigger; only the message tells so.
            SqliteException { SqliteExtendedErrorCode: 1811 } e => e.Message.Contains(
                "FOREIGN KEY",
                StringComparison.Ordinal
            )
                ? Breach.ForeignKey
                : Breach.Trigger,
            PostgresException { SqlState: "23505" } => Breach.Duplicate,
            PostgresException { SqlState: "23514" } => Breach.Check,
            PostgresException { SqlState: "23503" } => Breach.ForeignKey,
            PostgresException { SqlState: "P0001" } => Breach.Trigger,
            _ => throw new InvalidOperationException("Not a refusal of the schema: " + error.Message, error),
        };

    private static string NameOf(DbException error) =>
        error is PostgresException postgres ? postgres.ConstraintName ?? "" : error.Message;
}

/// <summary>A store with a customer who holds a machine, for tests that go on from there.</summary>
internal sealed record Held(Portal Portal, Customer Asha, string Lease, string Purchase) : IAsyncDisposable
{
    public static async Task<Held> StartAsync(Db db, int machines = 3)
    {
        var portal = await Portal.StartAsync(db, Portal.Machines(machines));
        var asha = await portal.SignUpWithPlanAsync("asha");
        var lease = (await asha.AllocateAsync()).Expect(201).Text("sid");
        return new(portal, asha, lease, await portal.ReadAsync(d => d.Purchases.Select(p => p.Sid).SingleAsync()));
    }

    public ValueTask DisposeAsync() => Portal.DisposeAsync();
}
