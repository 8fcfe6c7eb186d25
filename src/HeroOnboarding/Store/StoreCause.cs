namespace HeroOnboarding.Store;

/// <summary>What a failure of the database means for people.</summary>
public enum StoreTrouble
{
    /// <summary>It works, but has too much to do: the queue is full, a lock or a connection was waited for in vain, or
    /// too many races were lost.</summary>
    Busy,

    /// <summary>It cannot be reached, or broke off: nothing can be read or changed.</summary>
    Unreachable,

    /// <summary>It can be read, but takes no changes: the disk is full, or it is read-only.</summary>
    NotWritable,
}

/// <summary>Why a read or a write failed, in words that hold no value and no secret.</summary>
/// <param name="Code"><c>SQLSTATE 53100</c>, <c>SQLite 13</c>, or a short word where the failure has neither.</param>
/// <param name="Text">What the code means.</param>
public sealed record StoreCause(string Code, string Text, StoreTrouble Trouble)
{
    /// <summary>The cause of an exception that the store itself made before it asked the database.</summary>
    internal static StoreCause OfStore(StoreBusyException busy) => new("store", busy.Message, StoreTrouble.Busy);
}
