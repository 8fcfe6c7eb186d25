namespace HeroOnboarding.Store;

/// <summary>Lists are read newest first by sid and go on "after this sid": no page is ever skipped or shown twice, however much is added meanwhile.</summary>
public static class Keyset
{
    /// <summary>One page of rows.</summary>
    /// <param name="Next">What to ask for after this page; null on the last.</param>
    public sealed record Page<T>(IReadOnlyList<T> Rows, string? Next);

    /// <summary>Cuts what was read (one more than a page) to a page.</summary>
    public static Page<T> ToPage<T>(this List<T> rows, int size, Func<T, string> sid)
    {
        if (rows.Count <= size)
            return new(rows, null);
        rows.RemoveRange(size, rows.Count - size);
        return new(rows, sid(rows[^1]));
    }
}
