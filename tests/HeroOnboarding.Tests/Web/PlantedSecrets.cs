using System.Text;
using HeroOnboarding.Accounts;
using HeroOnboarding.Admin.Access;
using HeroOnboarding.Simulators.Deployer;
using HeroOnboarding.Store;
using HeroOnboarding.Tests.Accounts;
using HeroOnboarding.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace HeroOnboarding.Tests.Web;

public sealed class PlantedSecrets
{
    private const string NextSecret = "the-next-operator-secret-0123456789abcdef";
    private const string DatabasePassword = "database-password-of-this-test";
    private const string TypedWrong = "an-almost-right-operator-secret-typed-wrong";
    private const string Bug = "a-secret-inside-an-exception";

    [Theory, BothDatabases]
    public async Task No_secret_shows_up_in_logs_answers_audit_or_errors_of_a_whole_journey(Db db)
    {
        await using var deployer = await DeployerSimulator.StartAsync();
        await using var at = await StartAsync(db, deployer);
        var browser = at.Portal.Browser();
        var answers = new StringBuilder();
        Note(answers, await at.SignInAsync(browser));
        var tokens = browser.Cookies.GetAllCookies().Select(c => c.Value).Where(v => v.Length > 20).ToList();
        var sid = (await at.Portal.ReadAsync(d => Task.FromResult(d.Accounts.Single()))).Sid;
        var asha = new Customer(at.Portal, browser, sid);
        await foreach (var reply in LifeAsync(at, asha, deployer))
            Note(answers, reply);
        await ExpectNoneOfAsync(
            at.Portal,
            answers.ToString(),
            [
                Portal.AdminSecret,
                NextSecret,
                ForgePortal.ClientSecret,
                deployer.Secret,
                deployer.Secret["whsec_".Length..],
                DatabasePassword,
                TypedWrong,
                .. tokens,
            ]
        );
        Assert.Contains(deployer.Calls, c => c is { SignatureValid: true, Status: 400 });
    }

    private static async Task<ForgePortal> StartAsync(Db db, DeployerSimulator deployer)
    {
        var at = await ForgePortal.StartAsync(
            db,
            new Dictionary<string, string?>
            {
                ["HERO_ONBOARDING_ADMIN_SECRET_NEXT"] = NextSecret,
                ["DEPLOYER_URL"] = deployer.Address.ToString(),
                ["DEPLOYER_SECRET"] = deployer.Secret,
            }
        );
        if (db == Db.Postgres)
            await at.Portal.RestartAsync(
                new Dictionary<string, string?> { ["DATABASE_URL"] = WithPassword(at.Portal) }
            );
        at.Portal.Wire.Allow(deployer.Address);
        return at;
    }

    /// <summary>Keeps the body and the headers without <c>Set-Cookie</c>, which has to carry tokens.</summary>
    private static void Note(StringBuilder answers, Reply reply) =>
        answers.AppendLine(
            $"{reply.Body} "
                + string.Join(' ', reply.Response.Headers.Where(h => h.Key != "Set-Cookie").SelectMany(h => h.Value))
        );

    /// <summary>A purchase, calls that fail, wrong secrets, a bug, and sign-out: all their answers.</summary>
    private static async IAsyncEnumerable<Reply> LifeAsync(ForgePortal at, Customer asha, DeployerSimulator deployer)
    {
        await asha.PassKycAsync();
        await asha.TopUpAsync(1000);
        yield return await asha.BuyPlanAsync(startNow: true);
        deployer.Assign.Next(DeployerAnswer.Unavailable(TimeSpan.FromSeconds(9)), new DeployerAnswer(400));
        await at.Portal.DeliverAsync();
        at.Portal.Clock.Advance(TimeSpan.FromMinutes(1));
        await at.Portal.DeliverAsync();
        yield return await asha.PostAsync("/vm/allocate", new { ssh_public_key = "broken" });
        yield return await at.Portal.AdminAsync(HttpMethod.Post, "/admin/credit-adjust", new { }, TypedWrong);
        var adjustment = new
        {
            user_sid = asha.Sid,
            amount_cents = 1,
            reason = "tiny",
        };
        yield return await at.Portal.AdminAsync(HttpMethod.Post, "/admin/credit-adjust", adjustment, NextSecret);
        yield return await at.Portal.RefreshPoolAsync("[{}]");
        yield return await at.Portal.Browser().OpenAsync("/.well-known/heroservice.json");
        at.Forge.Knobs.TokenError = "invalid_grant";
        yield return await at.SignInAsync(at.Portal.Browser());
        at.Portal.Crash.Hook = (_, _) => throw new InvalidOperationException(Bug);
        yield return (await asha.AllocateAsync()).Expect(500);
        at.Portal.Crash.Hook = null;
        yield return await asha.PostAsync("/logout/everywhere", new { });
    }

    private static async Task ExpectNoneOfAsync(Portal portal, string answers, IReadOnlyList<string> secrets)
    {
        var log = string.Join('\n', portal.Log.Lines);
        var rows = string.Join(
            '\n',
            (await portal.DumpAsync()).Where(t => t.Key != "data_protection_keys").Select(t => t.Value)
        );
        foreach (var secret in secrets)
        {
            Assert.DoesNotContain(secret, log, StringComparison.Ordinal);
            Assert.DoesNotContain(secret, rows, StringComparison.Ordinal);
            Assert.DoesNotContain(secret, answers, StringComparison.Ordinal);
        }
        // The text of an exception may stand in the log, and nowhere else.
        Assert.DoesNotContain(Bug, answers + rows, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("application/json")]
    [InlineData("text/html")]
    public async Task A_bug_is_500_with_a_trace_id_that_stands_in_the_log_and_leaks_nothing(string accept)
    {
        await using var portal = await Portal.StartAsync(Db.Sqlite, Portal.Machines(1));
        var asha = await portal.SignUpWithPlanAsync("asha");
        portal.Crash.Hook = (_, act) =>
        {
            if (act == "vm.allocate")
                throw new InvalidOperationException(Bug);
        };
        var before = await portal.FactsAsync();
        var reply = (
            await asha.Browser.SendAsync(
                HttpMethod.Post,
                "/vm/allocate",
                new { },
                headers: new Dictionary<string, string> { ["Accept"] = accept }
            )
        ).Expect(500);
        Assert.Equal(before, await portal.FactsAsync());
        Assert.DoesNotContain(Bug, reply.Body, StringComparison.Ordinal);
        Assert.DoesNotContain("Exception", reply.Body, StringComparison.Ordinal);
        Assert.DoesNotContain(" at HeroOnboarding", reply.Body, StringComparison.Ordinal);
        Assert.Contains("error.internal", reply.Body, StringComparison.Ordinal);
        Assert.Matches("[0-9a-f]{32}", reply.Body);
        Assert.Contains(
            portal.Log.Lines,
            l => l.StartsWith("Error", StringComparison.Ordinal) && l.Contains(Bug, StringComparison.Ordinal)
        );
        portal.Crash.Hook = null;
        (await asha.AllocateAsync()).Expect(201);
    }

    [Fact]
    public async Task Query_strings_are_not_logged_and_secrets_print_as_stars()
    {
        await using var portal = await Portal.StartAsync(Db.Sqlite);
        await portal.Browser().OpenAsync("/health?token=planted-in-the-query");
        await portal.Browser().OpenAsync("/login/forge/start?token=planted-in-the-query");
        Assert.DoesNotContain("planted-in-the-query", string.Join('\n', portal.Log.Lines), StringComparison.Ordinal);
        var operators = portal.Services.GetRequiredService<OperatorOptions>();
        portal
            .Services.GetRequiredService<ILoggerFactory>()
            .CreateLogger("test")
            .LogInformation("{Secret} {Settings}", operators.AdminSecret, operators.AdminSecret!.ToString());
        Assert.Contains(portal.Log.Lines, l => l.Contains("*** ***", StringComparison.Ordinal));
        Assert.DoesNotContain(
            Portal.AdminSecret,
            System.Text.Json.JsonSerializer.Serialize(operators.AdminSecret)
                + System.Text.Json.JsonSerializer.Serialize(operators)
                + operators,
            StringComparison.Ordinal
        );
    }

    /// <summary>The test server uses trust authentication, so any password opens it.</summary>
    private static string WithPassword(Portal portal)
    {
        var url = portal.Services.GetRequiredService<StoreOptions>().DatabaseUrl!.Reveal();
        return new Npgsql.NpgsqlConnectionStringBuilder(url) { Password = DatabasePassword }.ToString();
    }
}
