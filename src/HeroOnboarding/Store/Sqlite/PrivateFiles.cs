namespace HeroOnboarding.Store.Sqlite;

/// <summary>
/// Files and folders that only the portal's own user can open, whatever the umask: the store holds e-mail addresses and
/// form-token keys. SQLite gives its -wal and -shm files the mode of the database file. On Windows the folder's access
/// list applies; nothing is done there.
/// </summary>
internal static class PrivateFiles
{
    private const UnixFileMode FileMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode FolderMode = FileMode | UnixFileMode.UserExecute;
    private const UnixFileMode Others =
        UnixFileMode.GroupRead
        | UnixFileMode.GroupWrite
        | UnixFileMode.GroupExecute
        | UnixFileMode.OtherRead
        | UnixFileMode.OtherWrite
        | UnixFileMode.OtherExecute;

    /// <summary>Creates the folder with mode 0700. A folder that exists keeps its mode.</summary>
    public static void CreateFolder(string folder)
    {
        if (Directory.Exists(folder))
            return;
        Directory.CreateDirectory(folder);
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(folder, FolderMode);
    }

    /// <summary>Creates an empty file with mode 0600. A file that exists keeps its mode.</summary>
    public static void CreateFile(string path)
    {
        if (!File.Exists(path))
            Open(path, System.IO.FileMode.CreateNew, FileShare.Read).Dispose();
    }

    /// <summary>Opens a file for writing; a new one gets mode 0600.</summary>
    public static FileStream Open(string path, FileMode mode, FileShare share)
    {
        var options = new FileStreamOptions
        {
            Mode = mode,
            Access = FileAccess.ReadWrite,
            Share = share,
        };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = FileMode;
        return new FileStream(path, options);
    }

    /// <summary>
    /// A sentence about what other users can open, with the command that fixes it; null when they can open nothing.
    /// </summary>
    public static string? Warning(string folder, string database)
    {
        if (OperatingSystem.IsWindows() || !Directory.Exists(folder) || !IsOpen(folder))
            return null;
        var mode = Convert.ToString((int)File.GetUnixFileMode(folder), 8);
        var open = Directory.EnumerateFiles(folder, Path.GetFileName(database) + "*").Any(IsOpen);
        var command = $"chmod 700 {Quoted(folder)}" + (open ? $" && chmod 600 {Quoted(database)}*" : "");
        return $"DATA_DIR: other users of this machine can open {folder} (mode {mode}), which holds e-mail addresses "
            + $"and keys. Unless a group of yours is meant to, run: {command}";
    }

    [System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
    private static bool IsOpen(string path) => (File.GetUnixFileMode(path) & Others) != 0;

    private static string Quoted(string path) => "'" + path.Replace("'", @"'\''", StringComparison.Ordinal) + "'";
}
