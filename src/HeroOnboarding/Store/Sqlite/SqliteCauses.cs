using Microsoft.Data.Sqlite;

namespace HeroOnboarding.Store.Sqlite;

/// <summary>
/// SQLite's result codes (https://sqlite.org/rescode.html) as causes. Its messages quote files and values and
/// are not used.
/// </summary>
internal static class SqliteCauses
{
    private static readonly Dictionary<int, (string Text, StoreTrouble Trouble)> Known = new()
    {
        [5] = ("another connection holds the file", StoreTrouble.Busy),
        [6] = ("another connection holds a table", StoreTrouble.Busy),
        [8] = ("the file or its folder is read-only", StoreTrouble.NotWritable),
        [10] = ("the disk reports an error", StoreTrouble.NotWritable),
        [11] = ("the file is damaged", StoreTrouble.Unreachable),
        [13] = ("the disk is full", StoreTrouble.NotWritable),
        [14] = ("the file cannot be opened", StoreTrouble.Unreachable),
        [26] = ("the file is not a SQLite database", StoreTrouble.Unreachable),
    };

    public static bool IsKnown(SqliteException error) => Known.ContainsKey(error.SqliteErrorCode);

    public static StoreCause Of(SqliteException error)
    {
        var (text, trouble) = Known.GetValueOrDefault(
            error.SqliteErrorCode,
            ("the database refused", StoreTrouble.Unreachable)
        );
        var extended =
            error.SqliteExtendedErrorCode == error.SqliteErrorCode
                ? ""
                : $" (extended {error.SqliteExtendedErrorCode})";
        return new($"SQLite {error.SqliteErrorCode}{extended}", text, trouble);
    }
}
