using System.Globalization;
using HeroOnboarding.Store;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Tests.Support;

/// <summary>
/// Every row of every table as text, for tests that say "nothing was changed" or "this appears nowhere".
/// </summary>
public static class StoreDump
{
    /// <summary>
    /// Bookkeeping that a refused request may leave behind: counted requests, form-token keys, and when a session was
    /// last seen.
    /// </summary>
    private static readonly string[] Traces = ["rates", "data_protection_keys", "sessions"];

    private const string LastSeen = "last_seen_at";

    /// <summary>Table name → its rows, one line each, sorted.</summary>
    public static async Task<IReadOnlyDictionary<string, string>> DumpAsync(this Portal portal)
    {
        await using var db = portal.Database.Read();
        var dump = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var table in db.Model.GetEntityTypes().Select(e => e.GetTableName()!).Distinct())
            dump[table] = await RowsAsync(db, table, null);
        dump["sessions, unseen"] = await RowsAsync(db, "sessions", LastSeen);
        return dump;
    }

    /// <summary>What matters of the store in one text: equal before and after means that nothing was changed.</summary>
    public static async Task<string> FactsAsync(this Portal portal) =>
        string.Join(
            '\n',
            (await portal.DumpAsync()).Where(t => !Traces.Contains(t.Key)).Select(t => $"[{t.Key}]\n{t.Value}")
        );

    private static async Task<string> RowsAsync(OnboardingDb db, string table, string? without)
    {
        await db.Database.OpenConnectionAsync();
        await using var command = db.Database.GetDbConnection().CreateCommand();
        // How far SQLite has recorded itself, and the trial of /health, change by time, not by what people do.
        command.CommandText =
            $"SELECT * FROM {table}" + (table == "meta" ? " WHERE key NOT IN ('store.progress', 'health.write')" : "");
        await using var reader = await command.ExecuteReaderAsync();
        var rows = new List<string>();
        while (await reader.ReadAsync())
            rows.Add(
                string.Join(
                    " | ",
                    Enumerable
                        .Range(0, reader.FieldCount)
                        .Where(i => reader.GetName(i) != without)
                        .Select(i =>
                            $"{reader.GetName(i)}={Convert.ToString(reader.GetValue(i), CultureInfo.InvariantCulture)}"
                        )
                )
            );
        rows.Sort(StringComparer.Ordinal);
        return string.Join('\n', rows);
    }
}
