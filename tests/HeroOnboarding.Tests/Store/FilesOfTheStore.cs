using HeroOnboarding.Store;
using HeroOnboarding.Store.Sqlite;
using HeroOnboarding.Tests.Cli;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Tests.Stores;

/// <summary>Other users of the machine cannot open what SQLite keeps: e-mail addresses and form-token keys.</summary>
[System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
public sealed class FilesOfTheStore : IDisposable
{
    private const UnixFileMode FileMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode FolderMode = FileMode | UnixFileMode.UserExecute;
    private const UnixFileMode Wide =
        FolderMode
        | UnixFileMode.GroupRead
        | UnixFileMode.GroupExecute
        | UnixFileMode.OtherRead
        | UnixFileMode.OtherExecute;

    private readonly string parent = Directory.CreateTempSubdirectory("hero-files-").FullName;

    private string Folder => Path.Combine(parent, "data");

    [Fact]
    public async Task A_folder_and_the_files_that_we_create_are_closed_to_others_under_the_usual_umask()
    {
        // The umask of this process is that of the shell that runs the tests: files would be 0644 and folders 0755.
        var other = Directory.CreateDirectory(Path.Combine(parent, "other"));
        Assert.NotEqual(FolderMode, other.UnixFileMode);
        await using var database = await OpenAsync();
        await database.Commits.RunAsync(new Change(), CancellationToken.None);
        Assert.Equal(FolderMode, File.GetUnixFileMode(Folder));
        var files = Directory.GetFiles(Folder);
        foreach (var suffix in new[] { "", "-wal", "-shm", ".lock" })
            Assert.Contains(Path.Combine(Folder, "hero-onboarding.sqlite" + suffix), files);
        Assert.All(files, f => Assert.Equal((f, FileMode), (f, File.GetUnixFileMode(f))));
        Assert.Empty(database.Warnings);
    }

    [Fact]
    public async Task A_folder_that_was_there_keeps_its_mode_and_is_a_warning_with_the_command_that_mends_it()
    {
        Directory.CreateDirectory(Folder, Wide);
        await using (var database = await OpenAsync())
            Assert.EndsWith($"run: chmod 700 '{Folder}'", Assert.Single(database.Warnings), StringComparison.Ordinal);
        Assert.Equal(Wide, File.GetUnixFileMode(Folder));
        File.SetUnixFileMode(Path.Combine(Folder, "hero-onboarding.sqlite"), FileMode | UnixFileMode.OtherRead);
        await using (var database = await OpenAsync())
        {
            var command = Assert.Single(database.Warnings).Split("run: ")[1];
            Assert.Equal($"chmod 700 '{Folder}' && chmod 600 '{Folder}/hero-onboarding.sqlite'*", command);
            using var shell = System.Diagnostics.Process.Start("/bin/sh", ["-c", command]);
            await shell.WaitForExitAsync();
        }
        await using (var database = await OpenAsync())
            Assert.Empty(database.Warnings);
    }

    [Fact]
    public async Task The_warning_is_in_the_log_of_a_server_and_on_the_screen_of_migrate()
    {
        await using var portal = new PortalProcess();
        File.SetUnixFileMode(portal.Folder, Wide);
        var ended = (await Executable.RunAsync("migrate", portal.Settings)).Expect(0);
        Assert.Contains($"chmod 700 '{portal.Folder}'", ended.Errors, StringComparison.Ordinal);
        await portal.StartAgainAsync();
        var log = portal.Log.Replace("\\u0027", "'", StringComparison.Ordinal);
        Assert.Contains($"chmod 700 '{portal.Folder}'", log, StringComparison.Ordinal);
    }

    public void Dispose() => Directory.Delete(parent, recursive: true);

    private async Task<SqliteDatabase> OpenAsync()
    {
        var database = new SqliteDatabase(
            Path.Combine(Folder, "hero-onboarding.sqlite"),
            PortalModel.Rows,
            TimeProvider.System
        );
        await database.MigrateAsync(CancellationToken.None);
        return database;
    }

    private sealed class Change : QueuedUnit
    {
        public override async Task<bool> WorkAsync(WriteScope scope) =>
            await scope.Db.Database.ExecuteSqlRawAsync("INSERT INTO meta (key, value) VALUES ('test', '')") == 1;

        public override void Committed() { }
    }
}
