using HeroOnboarding.Configuration;

namespace HeroOnboarding.Store.Sqlite;

/// <summary>Explains why the folder of the SQLite file cannot be used, as a sentence that says what to do.</summary>
internal static class FolderTrouble
{
    // errno of Linux, which IOException carries as HResult: https://man7.org/linux/man-pages/man3/errno.3.html
    private const int Again = 11,
        Exists = 17,
        NotDirectory = 20,
        NoSpace = 28,
        ReadOnly = 30,
        Quota = 122;

    /// <param name="path">The SQLite file.</param>
    public static SettingsException Of(string path, Exception error)
    {
        var folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        if (error is UnauthorizedAccessException)
            return new(
                $"DATA_DIR: the user '{Environment.UserName}' may not write to {folder}. Give it the "
                    + $"folder: chown -R {Environment.UserName} {folder}; with systemd use StateDirectory= or "
                    + "ReadWritePaths=."
            );
        return new(
            error.HResult switch
            {
                Again => $"DATA_DIR: cannot take {path}.lock. Is another server using this folder? One SQLite file "
                    + "serves one server; use DATABASE_URL for more.",
                NoSpace or Quota => $"DATA_DIR: the disk of {folder} is full. Make room, then start again; nothing "
                    + "is lost.",
                ReadOnly => $"DATA_DIR: {folder} is on a read-only file system. Mount it writable, or with systemd "
                    + "use StateDirectory= or ReadWritePaths=.",
                Exists or NotDirectory => $"DATA_DIR: {folder}, or a part of it, is a file and not a folder. Name a "
                    + "folder.",
                _ => $"DATA_DIR: cannot take {path}.lock ({error.Message}). Check the folder and its disk.",
            }
        );
    }
}
