using System.Buffers.Text;
using System.Text;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata;

namespace HeroOnboarding.Store;

/// <summary>The rows of one page, and the cursor of the next page; none on the last page.</summary>
public sealed record PageOf<T>(IReadOnlyList<T> Rows, string? Next)
{
    public PageOf<TOther> As<TOther>(Func<T, TOther> map) => new([.. Rows.Select(map)], Next);
}

/// <summary>The order of a list: a property of the row, then its key, so that the order is total.</summary>
public sealed record Order(string By, bool Descending);

/// <summary>
/// Keyset paging ("after this row" instead of "skip n"): no row is missed or shown twice when other rows are inserted
/// or deleted, and the last page costs as much as the first. Rows without a sort value are last in both directions,
/// on both databases.
/// </summary>
public static class Keyset
{
    /// <param name="after">The cursor that the page before returned; it is valid for one order only.</param>
    /// <returns>Refused with <c>query.invalid</c> when the cursor is not one of this list in this order.</returns>
    public static async Task<Outcome<PageOf<T>>> PageAsync<T>(
        OnboardingDb db,
        Order order,
        string? after,
        int size,
        Func<IQueryable<T>, IQueryable<T>> filter,
        CancellationToken cancel
    )
        where T : class
    {
        var columns = new Columns(db.Model.FindEntityType(typeof(T))!, order);
        var cursor = after is null ? null : Cursor.Read(after, columns);
        if (after is not null && cursor is null)
            return Refusals.QueryInvalid with { Detail = "'after' is not a cursor of this list in this order." };
        var rows = new List<T>();
        foreach (var (sql, values) in Parts(columns, cursor))
            if (rows.Count <= size)
                rows.AddRange(
                    await Sorted(filter(sql is null ? db.Set<T>() : db.Set<T>().FromSqlRaw(sql, values)), columns)
                        .Take(size + 1 - rows.Count)
                        .ToListAsync(cancel)
                );
        if (rows.Count <= size)
            return new PageOf<T>(rows, null);
        rows.RemoveRange(size, rows.Count - size);
        return new PageOf<T>(rows, Cursor.Of(rows[^1], columns).ToString());
    }

    /// <summary>
    /// Cuts rows that were read newest first (one more than a page) to one page; the cursor is the last sid.
    /// </summary>
    public static PageOf<T> ToPage<T>(this List<T> rows, int size, Func<T, string> sid)
    {
        if (rows.Count <= size)
            return new(rows, null);
        rows.RemoveRange(size, rows.Count - size);
        return new(rows, sid(rows[^1]));
    }

    /// <summary>
    /// The rows after the cursor, as row-value comparisons that an index on (sort value, key) answers directly.
    /// </summary>
    private static IEnumerable<(string? Sql, object[] Values)> Parts(Columns c, Cursor? at)
    {
        var all = $"SELECT {c.All} FROM {c.Table} WHERE ";
        if (c.ByKey || !c.Nullable)
        {
            yield return at is null ? (null, [])
            : c.ByKey ? ($"{all}{c.KeyColumn} {c.Beyond} {{0}}", [at.Key])
            : ($"{all}({c.Column}, {c.KeyColumn}) {c.Beyond} ({{0}}, {{1}})", [at.Value!, at.Key]);
            yield break;
        }
        if (at is null)
            yield return ($"{all}{c.Column} IS NOT NULL", []);
        else if (at.Value is not null)
            yield return ($"{all}({c.Column}, {c.KeyColumn}) {c.Beyond} ({{0}}, {{1}})", [at.Value, at.Key]);
        yield return at is { Value: null }
            ? ($"{all}{c.Column} IS NULL AND {c.KeyColumn} {c.Beyond} {{0}}", [at.Key])
            : ($"{all}{c.Column} IS NULL", []);
    }

    private static IQueryable<T> Sorted<T>(IQueryable<T> rows, Columns c)
        where T : class
    {
        var (by, key) = (c.Property.Name, c.Key.Name);
        if (c.ByKey)
            return c.Descending
                ? rows.OrderByDescending(r => EF.Property<string>(r, key))
                : rows.OrderBy(r => EF.Property<string>(r, key));
        return c.Descending
            ? rows.OrderByDescending(r => EF.Property<object>(r, by)).ThenByDescending(r => EF.Property<string>(r, key))
            : rows.OrderBy(r => EF.Property<object>(r, by)).ThenBy(r => EF.Property<string>(r, key));
    }

    /// <summary>The columns behind an order.</summary>
    private sealed class Columns(IEntityType row, Order order)
    {
        public string Table { get; } = row.GetTableName()!;
        public string All { get; } = string.Join(", ", row.GetProperties().Select(p => p.GetColumnName()));
        public IProperty Property { get; } = row.FindProperty(order.By)!;
        public IProperty Key { get; } = row.FindPrimaryKey()!.Properties.Single();
        public string Column => Property.GetColumnName();
        public string KeyColumn => Key.GetColumnName();
        public bool ByKey => Property == Key;
        public bool Nullable => Property.IsNullable;
        public bool Descending => order.Descending;
        public string Beyond => order.Descending ? "<" : ">";
        public bool IsNumber =>
            (Property.GetTypeMapping().Converter?.ProviderClrType ?? Property.ClrType) == typeof(long);

        /// <summary>The sort value as the database stores it.</summary>
        public object? ValueOf(object entity)
        {
            var value = Property.GetGetter().GetClrValue(entity);
            return Property.GetTypeMapping().Converter is { } converter ? converter.ConvertToProvider(value) : value;
        }
    }

    /// <summary>
    /// Where a page ended: sort value and key of its last row. Opaque to callers: base64url of a JSON array.
    /// </summary>
    private sealed record Cursor(string Order, object? Value, string Key)
    {
        public static Cursor Of(object row, Columns c) =>
            new(Name(c), c.ByKey ? null : c.ValueOf(row), (string)c.Key.GetGetter().GetClrValue(row)!);

        /// <returns>Null when the text is no cursor, or a cursor of another order.</returns>
        public static Cursor? Read(string text, Columns c)
        {
            try
            {
                if (text.Length > 1024)
                    return null;
                using var document = JsonDocument.Parse(Base64Url.DecodeFromChars(text));
                var parts = document.RootElement;
                if (
                    parts.GetArrayLength() != 3
                    || parts[0].GetString() != Name(c)
                    || Clean(parts[2].GetString()) is not { } key
                )
                    return null;
                if (c.ByKey || (c.Nullable && parts[1].ValueKind == JsonValueKind.Null))
                    return new(Name(c), null, key);
                return c.IsNumber ? new(Name(c), parts[1].GetInt64(), key)
                    : Clean(parts[1].GetString()) is { } value ? new(Name(c), value, key)
                    : null;
            }
            catch (Exception e) when (e is FormatException or JsonException or InvalidOperationException)
            {
                return null;
            }
        }

        public override string ToString() =>
            Base64Url.EncodeToString(
                Encoding.UTF8.GetBytes(JsonSerializer.Serialize(new object?[] { Order, Value, Key }))
            );

        private static string Name(Columns c) => c.Table + (c.Descending ? "-" : "+") + c.Column;

        /// <summary>
        /// Null for a text with control characters: no stored text has one, and PostgreSQL refuses U+0000.
        /// </summary>
        private static string? Clean(string? text) => text is null || text.Any(char.IsControl) ? null : text;
    }
}
