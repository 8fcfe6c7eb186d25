using System.Diagnostics;
using System.Net;
using System.Text;
using HeroOnboarding.Accounts;
using HeroOnboarding.Tests.Support;
using HeroOnboarding.Web;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace HeroOnboarding.Tests.Cli;

/// <summary>
/// A portal that is a process of its own on a free port, on SQLite in a temporary folder unless told otherwise. It can
/// be killed and started again. A real process has a real clock, so these tests wait, each with a limit.
/// </summary>
internal sealed class PortalProcess : IAsyncDisposable
{
    public const string AdminSecret = "process-operator-secret-0123456789abcdef";

    private readonly string folder = Directory.CreateTempSubdirectory("hero-process-").FullName;
    private readonly StringBuilder log = new();
    private readonly HttpClient client = new(
        new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            UseProxy = false,
        }
    )
    {
        Timeout = Hanging.Limit,
    };
    private Process? process;

    public PortalProcess(IReadOnlyDictionary<string, string>? settings = null)
    {
        var port = FreePorts.Next();
        Address = new($"http://127.0.0.1:{port}");
        Settings = new(StringComparer.Ordinal)
        {
            ["PUBLIC_BASE_URL"] = Address.ToString(),
            ["LISTEN"] = Address.ToString(),
            ["DATA_DIR"] = folder,
            ["HERO_ONBOARDING_ADMIN_SECRET"] = AdminSecret,
            ["VM_POOL_JSON"] = """[{"id":"vm-1"}]""",
        };
        foreach (var (name, value) in settings ?? new Dictionary<string, string>())
            Settings[name] = value;
    }

    public Uri Address { get; }
    public Dictionary<string, string> Settings { get; }
    public string Folder => folder;
    public string LogFile => Path.Combine(folder, "hero-onboarding.sqlite-wal");
    public string? Cookie { get; private set; }

    public static async Task<PortalProcess> StartAsync(IReadOnlyDictionary<string, string>? settings = null)
    {
        var portal = new PortalProcess(settings);
        try
        {
            await portal.StartAgainAsync();
            return portal;
        }
        catch
        {
            await portal.DisposeAsync();
            throw;
        }
    }

    public async Task StartAgainAsync(string command = "serve")
    {
        await PrepareStoreAsync();
        process = Executable.Start(command, Settings);
        process.OutputDataReceived += (_, line) => Keep(line.Data);
        process.ErrorDataReceived += (_, line) => Keep(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        await Hanging.WaitAsync("the portal to be ready", IsReadyAsync);
    }

    public string Log
    {
        get
        {
            lock (log)
                return log.ToString();
        }
    }

    /// <summary>Kills the process without a shutdown.</summary>
    public async Task KillAsync()
    {
        process!.Kill();
        await process.WaitForExitAsync();
    }

    /// <summary>Asks it to end; returns its exit code.</summary>
    public async Task<int> StopAsync(string signal)
    {
        Executable.Signal(process!, signal);
        await process!.WaitForExitAsync().WaitAsync(Hanging.Limit);
        return process.ExitCode;
    }

    /// <summary>Returns when the SQLite file itself has all changes.</summary>
    public Task WaitForEmptyLogAsync() =>
        Hanging.WaitAsync("the log to be empty", () => Task.FromResult(new FileInfo(LogFile).Length == 0));

    /// <summary>Holds a read transaction, so that the log of SQLite cannot be emptied.</summary>
    public Task<SqliteConnection> HoldLogAsync() =>
        SqliteFile.HoldAsync(Path.Combine(folder, "hero-onboarding.sqlite"));

    /// <summary>Copies the files of the SQLite store as they are now into the folder of another portal.</summary>
    public void CopyStoreTo(PortalProcess other)
    {
        foreach (var name in new[] { "", "-wal", ".progress" }.Select(suffix => "hero-onboarding.sqlite" + suffix))
            if (File.Exists(Path.Combine(folder, name)))
                File.Copy(Path.Combine(folder, name), Path.Combine(other.folder, name), overwrite: true);
    }

    /// <summary>Makes the messages of the outbox due while the process is dead.</summary>
    public async Task LetTimePassAsync(TimeSpan time)
    {
        await using var connection = new SqliteConnection(
            new SqliteConnectionStringBuilder
            {
                DataSource = Path.Combine(folder, "hero-onboarding.sqlite"),
                Pooling = false,
            }.ToString()
        );
        await connection.OpenAsync();
        await using var command = connection.CreateCommand();
        command.CommandText =
            "UPDATE outbox SET due_at = due_at - $time, lease_until = lease_until - $time WHERE done_at IS NULL";
        command.Parameters.AddWithValue("$time", (long)time.TotalMicroseconds);
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>Before the first start: an account with a session, made by the real sign-in use case.</summary>
    public async Task<string> SignUpAsync(string login)
    {
        await PrepareStoreAsync();
        await using var app = Program.Build(
            AllOptions.Load(Settings.ToDictionary(s => s.Key, s => (string?)s.Value)),
            builder => builder.Logging.ClearProviders()
        );
        await Hosting.PrepareAsync(app);
        var answer = await app
            .Services.GetRequiredService<SignIn>()
            .RunAsync(new ForgeIdentity("https://forge.test", "4711", login, null), "test");
        Cookie = $"{Sessions.CookieName(SessionKind.Customer)}={answer.Token}";
        return answer.AccountSid;
    }

    /// <summary>A verified customer with credit and a plan; the portal must run.</summary>
    public async Task GivePlanAsync(string accountSid)
    {
        await PostAsync(
            "/admin/kyc-verify",
            $$"""{"user_sid":"{{accountSid}}","reason":"passport seen"}""",
            HttpStatusCode.OK
        );
        await PostAsync(
            "/admin/credit-adjust",
            $$"""{"user_sid":"{{accountSid}}","amount_cents":1000,"reason":"test credit"}""",
            HttpStatusCode.OK
        );
        await PostAsync("/plan/buy", """{"plan_id":"vms-5"}""", HttpStatusCode.Created);
    }

    /// <summary>As an operator's program on /admin, else as the customer's own page.</summary>
    public async Task<string> PostAsync(string path, string json, HttpStatusCode? expected = null)
    {
        var (status, body) = await TryPostAsync(path, json);
        Assert.True(expected is null || status == expected, $"{path}: {(int)status} {body}");
        return body;
    }

    /// <summary>The same, for callers who can be answered in more than one way.</summary>
    public async Task<(HttpStatusCode Status, string Body)> TryPostAsync(string path, string json)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(Address, path))
        {
            Content = new StringContent(json, Encoding.UTF8, "application/json"),
        };
        if (path.StartsWith("/admin/", StringComparison.Ordinal))
            request.Headers.Add("X-Hero-Onboarding-Admin-Secret", AdminSecret);
        else
        {
            request.Headers.Add("Cookie", Cookie!);
            request.Headers.Add("Origin", Address.GetLeftPart(UriPartial.Authority));
        }
        using var response = await client.SendAsync(request);
        return (response.StatusCode, await response.Content.ReadAsStringAsync());
    }

    public async ValueTask DisposeAsync()
    {
        if (process is { HasExited: false })
            await KillAsync();
        process?.Dispose();
        client.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    private async Task<bool> IsReadyAsync()
    {
        Assert.False(process!.HasExited, "The portal ended: " + Log);
        try
        {
            return await client.GetStringAsync(new Uri(Address, "/health/ready")) == "Healthy";
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    /// <summary>Copies a migrated file, because migrating takes longer than the rest of these tests.</summary>
    private async Task PrepareStoreAsync()
    {
        if (!Settings.ContainsKey("DATABASE_URL") && !File.Exists(Path.Combine(folder, "hero-onboarding.sqlite")))
            await SqliteTemplate.CopyToAsync(folder);
    }

    private void Keep(string? line)
    {
        lock (log)
            log.AppendLine(line);
    }
}
