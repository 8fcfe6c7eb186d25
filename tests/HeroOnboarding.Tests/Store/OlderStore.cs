using HeroOnboarding.Configuration;
using HeroOnboarding.Store;
using HeroOnboarding.Store.Sqlite;
using HeroOnboarding.Tests.Support;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Time.Testing;

namespace HeroOnboarding.Tests.Stores;

/// <summary>SQLite: a store that lost changes, or was replaced by an older copy, is not served silently.</summary>
public sealed class OlderStore : IAsyncDisposable
{
    private readonly FakeTimeProvider clock = new(TimeProvider.System.GetUtcNow());
    private readonly string parent = Directory.CreateTempSubdirectory("hero-older-").FullName;
    private readonly LogCapture log = new();
    private readonly List<SqliteDatabase> open = [];

    [Theory]
    [InlineData(40, "frame 1 is damaged")]
    [InlineData(5, "its header is damaged")]
    [InlineData(60, "frame 1 is damaged")]
    [InlineData(32 + (3 * 4120) + 100, "frame 4 is damaged")]
    public async Task A_damaged_log_is_refused_and_left_as_it_is(int at, string says)
    {
        var database = await StartAsync("a");
        foreach (var key in new[] { "one", "two", "three" })
            await ChangeAsync(database, key);
        var (good, bad) = (KillAndCopy("a", "good"), KillAndCopy("a", "bad"));
        Flip(bad + "-wal", at);
        var damaged = await File.ReadAllBytesAsync(bad + "-wal");
        Assert.Contains(says, await RefusedAsync("bad"), StringComparison.Ordinal);
        Assert.Equal(damaged, await File.ReadAllBytesAsync(bad + "-wal"));
        Assert.Equal(3, await CountAsync(await StartAsync("good")));
        Assert.True(new FileInfo(good).Length > 0);
    }

    [Fact]
    public async Task A_last_transaction_that_is_not_whole_is_what_a_power_cut_leaves()
    {
        var database = await StartAsync("a");
        await ChangeAsync(database, "one");
        await ChangeAsync(database, "two");
        var log = KillAndCopy("a", "cut") + "-wal";
        Flip(log, (int)new FileInfo(log).Length - 1);
        Assert.Equal(1, await CountAsync(await StartAsync("cut")));
    }

    [Fact]
    public async Task After_a_second_of_rest_the_file_alone_is_the_store_and_the_marker_says_how_far_it_is()
    {
        var database = await StartAsync("a");
        await ChangeAsync(database, "one");
        Assert.True(LogOf("a") > 0);
        await RecordAsync(database);
        Assert.Equal(0, LogOf("a"));
        File.Copy(FileOf("a"), FileOf("alone", make: true));
        Assert.Equal(1, await CountAsync(await StartAsync("alone")));
        var marked = MarkerOf("a").Read()!;
        Assert.Equal((await StoredAsync("a"), clock.GetUtcNow()), ((true, marked.Store, marked.Number), marked.At));
        await RecordAsync(database);
        Assert.Equal(marked, MarkerOf("a").Read());
    }

    [Fact]
    public async Task A_busy_store_is_recorded_too_and_its_log_is_left_to_the_checkpoints()
    {
        var database = await StartAsync("a");
        await RecordAsync(database);
        var before = MarkerOf("a").Read()!;
        for (var n = 0; n < 60; n++)
            await ChangeAsync(database, $"{n}");
        await RecordAsync(database);
        Assert.Equal((before.Number + 1, true), (MarkerOf("a").Read()!.Number, LogOf("a") > 0));
    }

    [Theory]
    [InlineData("an older copy", "is older than the store that ran here")]
    [InlineData("a missing log", "is older than the store that ran here")]
    [InlineData("another store", "is another store")]
    [InlineData("a release without an id", "is another store")]
    public async Task A_store_that_is_behind_its_marker_is_refused_until_it_is_accepted(string what, string says)
    {
        await SpoilAsync(what);
        var error = await RefusedAsync("killed");
        Assert.Contains(says, error, StringComparison.Ordinal);
        Assert.Contains("serve --accept-older-store", error, StringComparison.Ordinal);
        Assert.Contains(says, await RefusedAsync("killed"), StringComparison.Ordinal);
        var database = Open("killed");
        var accepted = await database.CheckProgressAsync(acceptOlder: true, CancellationToken.None);
        Assert.Contains("It was accepted", accepted, StringComparison.Ordinal);
        await database.MigrateAsync(CancellationToken.None);
        await RecordAsync(database);
        await database.DisposeAsync();
        await StartAsync("killed");
    }

    [Theory]
    [InlineData("a missing file")]
    [InlineData("an empty file")]
    public async Task An_empty_store_with_a_marker_is_refused_and_never_accepted(string what)
    {
        await SpoilAsync(what);
        Assert.Contains("is empty", await RefusedAsync("killed"), StringComparison.Ordinal);
        Assert.Contains(".progress away", await RefusedAsync("killed", accept: true), StringComparison.Ordinal);
        File.Delete(FileOf("killed") + ProgressMarker.Suffix);
        Assert.Equal(0, await CountAsync(await StartAsync("killed")));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_file_that_a_checkpoint_updated_in_part_is_not_accepted_without_its_log(bool accept)
    {
        await SpoilAsync("nothing");
        await SqliteFile.RunAsync(FileOf("killed"), "PRAGMA wal_checkpoint(TRUNCATE)");
        await using (var writer = await SqliteFile.OpenAsync(FileOf("killed")))
        {
            await SqliteFile.RunAsync(writer, "PRAGMA wal_autocheckpoint = 0; " + ManyRows("a"));
            await using var reader = await SqliteFile.HoldAsync(FileOf("killed"));
            // The pages that change again are newer than what the reader sees, so the checkpoint leaves them out.
            await SqliteFile.RunAsync(writer, ManyRows("b") + "; PRAGMA wal_checkpoint(PASSIVE)");
            KillAndCopy("killed", "part");
        }
        Flip(FileOf("part") + "-wal", 40);
        var error = await RefusedAsync("part", accept);
        Assert.Contains("frame 1 is damaged", error, StringComparison.Ordinal);
        Assert.Contains("not a consistent database", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_sound_store_is_not_refused_after_a_kill_a_clean_stop_or_without_a_marker()
    {
        await SpoilAsync("nothing");
        var killed = await StartAsync("killed");
        Assert.Equal((3, 0L), (await CountAsync(killed), LogOf("killed")));
        await ChangeAsync(killed, "four");
        await killed.DisposeAsync();
        Assert.Equal(0, LogOf("killed"));
        Assert.Equal((await StoredAsync("killed")).Number, MarkerOf("killed").Read()!.Number);
        File.Delete(FileOf("killed") + ProgressMarker.Suffix);
        Assert.Equal(4, await CountAsync(await StartAsync("killed")));
    }

    [Fact]
    public async Task A_marker_that_cannot_be_read_is_refused_with_a_sentence()
    {
        await SpoilAsync("nothing");
        await File.WriteAllTextAsync(FileOf("killed") + ProgressMarker.Suffix, "{");
        Assert.Contains("cannot be read", await RefusedAsync("killed"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_marker_that_cannot_be_written_is_one_line_in_the_log_and_the_store_goes_on()
    {
        var database = await StartAsync("a");
        var blocked = FileOf("a") + ProgressMarker.Suffix + ".new";
        Directory.CreateDirectory(blocked);
        for (var n = 0; n < 3; n++)
        {
            await ChangeAsync(database, $"{n}");
            await RecordAsync(database);
        }
        Assert.Single(log.Lines, l => l.Contains("cannot be brought up to date", StringComparison.Ordinal));
        Directory.Delete(blocked);
        await RecordAsync(database);
        Assert.Equal((await StoredAsync("a")).Number, MarkerOf("a").Read()!.Number);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var database in open)
            await database.DisposeAsync();
        log.Dispose();
        Directory.Delete(parent, recursive: true);
    }

    /// <summary>
    /// Leaves a store in the folder "killed" as a kill leaves it, with a recorded change in its log, and then does to
    /// it what is said.
    /// </summary>
    private async Task SpoilAsync(string what)
    {
        var database = await StartAsync("a");
        await ChangeAsync(database, "one");
        await RecordAsync(database);
        var older = KillAndCopy("a", "older");
        await using (var reader = await SqliteFile.HoldAsync(FileOf("a")))
        {
            await ChangeAsync(database, "two");
            await RecordAsync(database);
            await ChangeAsync(database, "three");
            KillAndCopy("a", "killed");
        }
        var file = FileOf("killed");
        if (what is not "nothing")
            File.Delete(file + "-wal");
        if (what is "an older copy")
            File.Copy(older, file, overwrite: true);
        else if (what is "another store")
            await SqliteFile.RunAsync(
                file,
                """
                UPDATE meta SET value = 'other' WHERE key = 'store.id';
                UPDATE meta SET value = '1000' WHERE key = 'store.progress'
                """
            );
        else if (what is "a release without an id")
            await SqliteFile.RunAsync(file, "DELETE FROM meta WHERE key LIKE 'store.%'");
        else if (what is "a missing file" or "an empty file")
            File.Delete(file);
        if (what is "an empty file")
            await File.WriteAllBytesAsync(file, []);
    }

    /// <summary>Rows all over the table and its index.</summary>
    private static string ManyRows(string prefix) =>
        $"""
            WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 400)
            INSERT INTO meta (key, value) SELECT (i * 7919 % 400) || '{prefix}', hex(zeroblob(100)) FROM n
            """;

    private string FileOf(string folder, bool make = false)
    {
        if (make)
            Directory.CreateDirectory(Path.Combine(parent, folder));
        return Path.Combine(parent, folder, "hero-onboarding.sqlite");
    }

    private ProgressMarker MarkerOf(string folder) => new(FileOf(folder) + ProgressMarker.Suffix);

    /// <returns>Bytes in the log; SQLite removes an empty one, or leaves it.</returns>
    private long LogOf(string folder) => new FileInfo(FileOf(folder) + "-wal") is { Exists: true } log ? log.Length : 0;

    private SqliteDatabase Open(string folder)
    {
        var database = new SqliteDatabase(FileOf(folder), PortalModel.Rows, clock, log.CreateLogger("store"));
        open.Add(database);
        return database;
    }

    private async Task<SqliteDatabase> StartAsync(string folder)
    {
        if (!File.Exists(FileOf(folder, make: true)) && folder == "a")
            await SqliteTemplate.CopyToAsync(Path.Combine(parent, folder));
        var database = Open(folder);
        Assert.Null(await database.CheckProgressAsync(acceptOlder: false, CancellationToken.None));
        await database.MigrateAsync(CancellationToken.None);
        return database;
    }

    private async Task<string> RefusedAsync(string folder, bool accept = false)
    {
        await using var database = Open(folder);
        var check = database.CheckProgressAsync(accept, CancellationToken.None);
        return (await Assert.ThrowsAsync<SettingsException>(() => check)).Message;
    }

    private async Task RecordAsync(SqliteDatabase database)
    {
        clock.Advance(ProgressRecorder.After);
        await database.Progress.Recording;
    }

    private Task<(bool HasTables, string? Id, long Number)> StoredAsync(string folder) =>
        StoredProgress.ReadAsync(FileOf(folder), CancellationToken.None);

    private static Task ChangeAsync(SqliteDatabase database, string key) =>
        database.Commits.RunAsync(new Change(key), CancellationToken.None);

    private static async Task<int> CountAsync(SqliteDatabase database)
    {
        await using var db = database.Read();
        return await db.Meta.CountAsync(m => m.Key.StartsWith("test."));
    }

    /// <summary>Copies the files as a process leaves them that is killed now.</summary>
    private string KillAndCopy(string from, string to)
    {
        var copy = FileOf(to, make: true);
        foreach (var suffix in new[] { "", "-wal", ProgressMarker.Suffix })
            if (File.Exists(FileOf(from) + suffix))
                File.Copy(FileOf(from) + suffix, copy + suffix);
        return copy;
    }

    private static void Flip(string path, int at)
    {
        var bytes = File.ReadAllBytes(path);
        bytes[at] ^= 1;
        File.WriteAllBytes(path, bytes);
    }

    private sealed class Change(string key) : QueuedUnit
    {
        public override async Task<bool> WorkAsync(WriteScope scope) =>
            await scope.Statements.RunAsync("INSERT INTO meta (key, value) VALUES ($1, '')", "test." + key) == 1;

        public override void Committed() { }
    }
}
