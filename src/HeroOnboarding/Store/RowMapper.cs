using System.Collections.Concurrent;
using System.Data.Common;
using System.Linq.Expressions;
using System.Reflection;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.EntityFrameworkCore.Storage.ValueConversion;

namespace HeroOnboarding.Store;

/// <summary>
/// Reads and writes whole rows by prepared statements. Columns and conversions come from Entity Framework's model, so a
/// new column is always included.
/// </summary>
internal sealed class RowMapper<T>
    where T : class
{
    private static readonly ConcurrentDictionary<string, RowMapper<T>> Known = new(StringComparer.Ordinal);
    private readonly Func<T, object?[]> values;
    private readonly Func<DbDataReader, int, T> readFrom;
    private readonly string[] columns;
    private readonly ConcurrentDictionary<string, string> aliased = new(StringComparer.Ordinal);
    private readonly int key;

    private RowMapper(IEntityType type)
    {
        var properties = type.GetProperties().ToArray();
        columns = [.. properties.Select(p => p.GetColumnName())];
        key = Array.FindIndex(properties, p => p.IsPrimaryKey());
        Columns = string.Join(", ", columns);
        InsertSql =
            $"INSERT INTO {type.GetTableName()} ({Columns}) VALUES "
            + $"({string.Join(", ", properties.Select((_, i) => $"${i + 1}"))})";
        readFrom = Reader(properties);
        Read = reader => readFrom(reader, 0);
        values = Values(properties);
    }

    /// <summary>The column list of a SELECT or RETURNING that <see cref="Read"/> reads.</summary>
    public string Columns { get; }

    public string InsertSql { get; }

    public Func<DbDataReader, T> Read { get; }

    public int Count => columns.Length;

    /// <summary><see cref="Columns"/> of a table that has an alias in a join.</summary>
    public string ColumnsOf(string alias) =>
        aliased.GetOrAdd(alias, a => string.Join(", ", columns.Select(c => $"{a}.{c}")));

    /// <summary>Reads the row that starts at this column; null where an outer join found none.</summary>
    public T? ReadFrom(DbDataReader reader, int from) => reader.IsDBNull(from + key) ? null : readFrom(reader, from);

    /// <summary>Queues the INSERT of a new row; a violated constraint is reported when the unit flushes.</summary>
    public Task InsertAsync(PreparedStatements prepared, T row) => prepared.EnqueueAsync(InsertSql, values(row));

    /// <param name="database">The database whose model is used; conversions differ between databases.</param>
    public static RowMapper<T> In(Database database) =>
        Known.TryGetValue(database.Name, out var known)
            ? known
            : Known.GetOrAdd(
                database.Name,
                _ =>
                {
                    using var db = database.Read();
                    return new(
                        db.Model.FindEntityType(typeof(T))
                            ?? throw new InvalidOperationException($"{typeof(T).Name} is no row.")
                    );
                }
            );

    private static Func<DbDataReader, int, T> Reader(IProperty[] properties)
    {
        var (reader, from) = (Expression.Parameter(typeof(DbDataReader)), Expression.Parameter(typeof(int)));
        var bindings = properties.Select(
            (p, i) => Expression.Bind(p.PropertyInfo!, Cell(reader, Expression.Add(from, Expression.Constant(i)), p))
        );
        return Expression
            .Lambda<Func<DbDataReader, int, T>>(
                Expression.MemberInit(Expression.New(typeof(T)), bindings),
                reader,
                from
            )
            .Compile();
    }

    /// <summary>The expression <c>reader.IsDBNull(i) ? null : converted(reader.GetX(i))</c>.</summary>
    private static Expression Cell(ParameterExpression reader, Expression at, IProperty property)
    {
        var converter = Converter(property);
        var stored = converter?.ProviderClrType ?? Plain(property.ClrType);
        Expression cell = Expression.Call(reader, Getter(stored), at);
        if (converter is not null)
            cell = Expression.Invoke(converter.ConvertFromProviderExpression, cell);
        cell = cell.Type == property.ClrType ? cell : Expression.Convert(cell, property.ClrType);
        return property.IsNullable
            ? Expression.Condition(Expression.Call(reader, IsNull, at), Expression.Default(property.ClrType), cell)
            : cell;
    }

    private static Func<T, object?[]> Values(IProperty[] properties)
    {
        var row = Expression.Parameter(typeof(T));
        var cells = properties.Select(p =>
        {
            Expression value = Expression.Property(row, p.PropertyInfo!);
            var present = value;
            if (Converter(p) is { } converter)
                present = Expression.Invoke(
                    converter.ConvertToProviderExpression,
                    Plain(value.Type) == value.Type ? value : Expression.Convert(value, Plain(value.Type))
                );
            Expression boxed = Expression.Convert(present, typeof(object));
            return p.IsNullable && present != value
                ? Expression.Condition(
                    Expression.Equal(value, Expression.Constant(null, value.Type)),
                    Expression.Constant(null, typeof(object)),
                    boxed
                )
                : boxed;
        });
        return Expression.Lambda<Func<T, object?[]>>(Expression.NewArrayInit(typeof(object), cells), row).Compile();
    }

    /// <summary>
    /// The converter of a property. It converts between non-nullable types, although the model may use it
    /// for nullable ones.
    /// </summary>
    private static ValueConverter? Converter(IProperty property) => property.GetTypeMapping().Converter;

    private static Type Plain(Type type) => Nullable.GetUnderlyingType(type) ?? type;

    private static MethodInfo Getter(Type stored) =>
        typeof(DbDataReader).GetMethod(
            stored == typeof(string) ? nameof(DbDataReader.GetString)
            : stored == typeof(long) ? nameof(DbDataReader.GetInt64)
            : stored == typeof(int) ? nameof(DbDataReader.GetInt32)
            : stored == typeof(bool) ? nameof(DbDataReader.GetBoolean)
            : throw new InvalidOperationException($"No cell of {stored.Name} so far.")
        )!;

    private static readonly MethodInfo IsNull = typeof(DbDataReader).GetMethod(nameof(DbDataReader.IsDBNull))!;
}
