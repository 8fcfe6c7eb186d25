namespace HeroOnboarding.Store;

/// <summary>The kinds of database failure, by their consequence.</summary>
public enum StoreTrouble
{
    /// <summary>
    /// The database works but is overloaded: the queue is full, a lock or a connection was not granted in time, or too
    /// many races were lost.
    /// </summary>
    Busy,

    /// <summary>The database cannot be reached, or broke off: nothing can be read or changed.</summary>
    Unreachable,

    /// <summary>The database can be read but takes no changes: the disk is full, or it is read-only.</summary>
    NotWritable,
}

/// <summary>Why a read or a write failed, in fixed words that contain no value and no secret.</summary>
/// <param name="Code"><c>SQLSTATE 53100</c>, <c>SQLite 13</c>, or a short word where the failure has neither.</param>
/// <param name="Text">What the code means.</param>
public sealed record StoreCause(string Code, string Text, StoreTrouble Trouble)
{
    /// <summary>The cause of an exception that the store threw before it reached the database.</summary>
    internal static StoreCause OfStore(StoreBusyException busy) => new("store", busy.Message, StoreTrouble.Busy);
}
