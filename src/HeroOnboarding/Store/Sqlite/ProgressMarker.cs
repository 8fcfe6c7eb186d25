using System.Text.Json;
using HeroOnboarding.Configuration;

namespace HeroOnboarding.Store.Sqlite;

/// <summary>How many recordings a store has made.</summary>
/// <param name="Store">The store's id, a ULID that is created with the store.</param>
/// <param name="Number">Incremented at every recording, in a commit of the store; never lowered.</param>
/// <param name="At">When it was recorded; for operators.</param>
internal sealed record StoreProgress(string Store, long Number, DateTimeOffset At);

/// <summary>
/// A small file beside the database that holds its last recorded progress. It is written after the commit that it
/// describes, so an intact store is never behind it. A store that is behind it has lost commits or is an older copy.
/// </summary>
internal sealed class ProgressMarker(string path)
{
    /// <summary>Appended to the database's path.</summary>
    public const string Suffix = ".progress";

    public string Path => path;

    /// <returns>Null when there is no marker.</returns>
    /// <exception cref="SettingsException">There is one that cannot be read.</exception>
    public StoreProgress? Read()
    {
        try
        {
            if (!File.Exists(path))
                return null;
            return JsonSerializer.Deserialize<StoreProgress>(File.ReadAllText(path), Json.Options);
        }
        catch (Exception e) when (e is JsonException or IOException or UnauthorizedAccessException)
        {
            throw new SettingsException(
                $"DATA_DIR: {path} cannot be read ({e.Message}). It says how far the store was. If you are sure that "
                    + "the database beside it is the newest one, move the marker file away and start again."
            );
        }
    }

    /// <summary>Replaces the marker atomically: after a power cut the file is either the old or the new one.</summary>
    /// <exception cref="IOException">The marker cannot be written; the old one stays.</exception>
    public void Write(StoreProgress progress)
    {
        var next = path + ".new";
        using (var file = PrivateFiles.Open(next, FileMode.Create, FileShare.None))
        {
            JsonSerializer.Serialize(file, progress, Json.Options);
            file.Flush(flushToDisk: true);
        }
        File.Move(next, path, overwrite: true);
    }
}
