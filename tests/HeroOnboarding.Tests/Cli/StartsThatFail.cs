using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using HeroOnboarding.Cli;
using HeroOnboarding.Store;
using HeroOnboarding.Store.Sqlite;
using HeroOnboarding.Tests.Support;
using Microsoft.Data.Sqlite;
using Npgsql;

namespace HeroOnboarding.Tests.Cli;

/// <summary>
/// A start that is refused prints one sentence with the setting and the remedy, no stack trace, and exits with code 2.
/// </summary>
public sealed class StartsThatFail
{
    [Theory]
    [InlineData("migrate")]
    [InlineData("serve")]
    public async Task A_database_that_does_not_exist_is_named(string command)
    {
        var url = new NpgsqlConnectionStringBuilder(await (await PostgresServer.SharedAsync()).TakeDatabaseAsync())
        {
            Database = "nothing_here",
        };
        var errors = await FailAsync(command, new() { ["DATABASE_URL"] = url.ToString() });
        Assert.Contains(
            $"DATABASE_URL: there is no database 'nothing_here' at {url.Host}:{url.Port}. Make it "
                + "('createdb -O hero nothing_here')",
            errors,
            StringComparison.Ordinal
        );
    }

    [Theory]
    [InlineData(
        "postgres://hero:planted-password@127.0.0.1:1/hero",
        "DATABASE_URL: the connection to 127.0.0.1:1 was refused."
    )]
    [InlineData(
        "postgres://hero:planted-password@no-such-host.invalid/hero",
        "DATABASE_URL: the host 'no-such-host.invalid' is unknown."
    )]
    [InlineData("postgres://hero:planted-password@127.0.0.1:1/", "DATABASE_URL names no host or no database;")]
    public async Task A_server_that_is_not_there_is_named(string url, string sentence) =>
        Assert.Contains(sentence, await FailAsync("serve", new() { ["DATABASE_URL"] = url }), StringComparison.Ordinal);

    [Fact]
    public async Task An_address_that_this_machine_does_not_have_is_named() =>
        Assert.Contains(
            "LISTEN: http://203.0.113.7:9920: this machine has no such address.",
            await FailAsync("serve", new() { ["LISTEN"] = "http://203.0.113.7:9920" }),
            StringComparison.Ordinal
        );

    [Fact]
    public async Task An_address_that_another_program_has_is_named()
    {
        using var other = new TcpListener(IPAddress.Loopback, FreePorts.Next());
        other.Start();
        Assert.Contains(
            $"LISTEN: http://{other.LocalEndpoint}: address already in use. Stop the other program,",
            await FailAsync("serve", new() { ["LISTEN"] = $"http://{other.LocalEndpoint}" }),
            StringComparison.Ordinal
        );
    }

    /// <summary>In the home folder, ASP.NET Core would find a developer's certificate.</summary>
    [Fact]
    public async Task A_missing_certificate_is_named()
    {
        var home = Directory.CreateTempSubdirectory("hero-home-").FullName;
        var listen = $"https://127.0.0.1:{FreePorts.Next()}";
        Assert.Contains(
            $"LISTEN: {listen}: there is no certificate for https here.",
            await FailAsync("serve", new() { ["LISTEN"] = listen, ["HOME"] = home }),
            StringComparison.Ordinal
        );
        Directory.Delete(home, recursive: true);
    }

    /// <summary>Other errors of a start on https do not name the certificate.</summary>
    [Fact]
    public void A_certificate_is_blamed_only_for_its_own_faults()
    {
        var settings = AllOptions
            .Load(new Dictionary<string, string?> { ["LISTEN"] = "https://127.0.0.1:9920" })
            .Get<HeroOnboarding.Web.PortalOptions>();
        Assert.Null(StartFailure.ExplainListen(settings, new InvalidOperationException("planted")));
        Assert.Contains(
            "cannot listen there",
            StartFailure.ExplainListen(settings, new IOException("planted")),
            StringComparison.Ordinal
        );
        Assert.Contains(
            "may not listen on port 9920",
            StartFailure.ExplainListen(settings, new SocketException((int)SocketError.AccessDenied)),
            StringComparison.Ordinal
        );
        Assert.Contains(
            "no certificate",
            StartFailure.ExplainListen(settings, new CryptographicException("planted")),
            StringComparison.Ordinal
        );
    }

    [Theory]
    [InlineData("garbage", "hero-onboarding.sqlite is not a SQLite database.")]
    [InlineData("damaged", "hero-onboarding.sqlite is damaged.")]
    [InlineData("foreign", "hero-onboarding.sqlite belongs to another program.")]
    public async Task A_file_that_is_no_store_is_named(string kind, string sentence)
    {
        var folder = Directory.CreateTempSubdirectory("hero-start-").FullName;
        await SpoilAsync(folder, kind);
        var before = await File.ReadAllBytesAsync(Path.Combine(folder, "hero-onboarding.sqlite"));
        foreach (var command in new[] { "serve", "migrate" })
            Assert.Contains(
                $"DATA_DIR: {folder}: {sentence}",
                await FailAsync(command, new() { ["DATA_DIR"] = folder }),
                StringComparison.Ordinal
            );
        if (kind == "garbage")
            Assert.Equal(before, await File.ReadAllBytesAsync(Path.Combine(folder, "hero-onboarding.sqlite")));
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task A_file_in_the_place_of_the_folder_is_named()
    {
        var file = Path.GetTempFileName();
        Assert.Contains(
            "is a file and not a folder",
            await FailAsync("serve", new() { ["DATA_DIR"] = file }),
            StringComparison.Ordinal
        );
        File.Delete(file);
    }

    /// <summary>
    /// Some of these conditions need another user's rights, so their exceptions are thrown by the test.
    /// </summary>
    [Theory]
    [InlineData(11, "Is another server using this folder?")]
    [InlineData(28, "is full.")]
    [InlineData(30, "read-only file system.")]
    [InlineData(20, "is a file and not a folder.")]
    [InlineData(0, "may not write to")]
    public void A_folder_that_cannot_be_used_says_why(int errno, string sentence)
    {
        Exception error = errno == 0 ? new UnauthorizedAccessException() : new IOException("planted", errno);
        var text = FolderTrouble.Of("/data/hero-onboarding.sqlite", error).Message;
        Assert.StartsWith("DATA_DIR: ", text, StringComparison.Ordinal);
        Assert.Contains(sentence, text, StringComparison.Ordinal);
        Assert.Equal(errno == 11, text.Contains("another server", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("28P01", "db.test:5433 does not let the user 'hero' in (28P01).")]
    [InlineData("42501", "the user 'hero' may not do this in the database 'shop' at db.test:5433.")]
    [InlineData("25006", "db.test:5433 is read-only")]
    [InlineData("53300", "db.test:5433 refused: SQLSTATE 53300, the server takes no more connections.")]
    [InlineData("57P03", "db.test:5433 refused: SQLSTATE 57P03")]
    public void What_PostgreSQL_refuses_is_a_sentence_without_its_words(string state, string sentence)
    {
        var settings = Load("DATABASE_URL", "postgres://hero:planted-password@db.test:5433/shop");
        var text = StartFailure.Explain(
            settings,
            new InvalidOperationException("", new PostgresException("planted", "FATAL", "FATAL", state))
        );
        Assert.StartsWith("DATABASE_URL: " + sentence, text, StringComparison.Ordinal);
        Assert.DoesNotContain("planted", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(13, "the disk is full.")]
    [InlineData(8, "may not write")]
    [InlineData(14, "may not write")]
    [InlineData(10, "SQLite 10, the disk reports an error.")]
    public void What_SQLite_refuses_is_a_sentence(int code, string sentence) =>
        Assert.Contains(
            sentence,
            StartFailure.Explain(Load("DATA_DIR", "/data"), new SqliteException("planted", code)),
            StringComparison.Ordinal
        );

    [Fact]
    public void A_bug_is_not_explained_away() =>
        Assert.Null(StartFailure.Explain(Load("DATA_DIR", "/data"), new InvalidOperationException()));

    private static StoreOptions Load(string name, string value) =>
        AllOptions.Load(new Dictionary<string, string?> { [name] = value }).Get<StoreOptions>();

    private static async Task<string> FailAsync(string command, Dictionary<string, string> change)
    {
        await using var portal = new PortalProcess(change);
        var ended = (await Executable.RunAsync(command, portal.Settings)).Expect(2);
        Assert.DoesNotContain("planted", ended.Output + ended.Errors, StringComparison.Ordinal);
        Assert.Single(ended.Errors.Trim().Split('\n'));
        return ended.Errors;
    }

    private static async Task SpoilAsync(string folder, string kind)
    {
        var path = Path.Combine(folder, "hero-onboarding.sqlite");
        if (kind == "garbage")
        {
            await File.WriteAllTextAsync(path, new string('x', 8192));
            return;
        }
        if (kind == "foreign")
        {
            await using var connection = new SqliteConnection($"Data Source={path};Pooling=False");
            await connection.OpenAsync();
            await using var command = connection.CreateCommand();
            command.CommandText = "CREATE TABLE accounts (id INTEGER)";
            await command.ExecuteNonQueryAsync();
            return;
        }
        await SqliteTemplate.CopyToAsync(folder);
        await using var file = File.OpenWrite(path);
        // Overwrites the file behind its header: the pages of the tables.
        file.Position = 100;
        await file.WriteAsync(Enumerable.Repeat((byte)0xFF, 3996).ToArray());
    }
}
