using HeroOnboarding.Credit;
using HeroOnboarding.Store;
using HeroOnboarding.Tests.Conventions;
using HeroOnboarding.Tests.Kyc;
using HeroOnboarding.Tests.Support;
using HeroOnboarding.Web;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace HeroOnboarding.Tests.Credit;

/// <summary>
/// Calls to webhooks are counted for all instances together, at a bounded cost. The count is an alarm only when genuine
/// calls have stopped.
/// </summary>
public sealed class CountingWebhooks
{
    [Theory, BothDatabases]
    public async Task A_flood_of_unsigned_calls_writes_nothing_until_the_next_minute_and_then_one_row(Db db)
    {
        await using var paying = await Paying.StartAsync(db);
        var before = await paying.Portal.DumpAsync();
        for (var n = 0; n < 50; n++)
            Assert.Equal(400, (await paying.Stripe.SendAsync("{}", "t=1,v1=00")).Status);
        Assert.Equal(before, await paying.Portal.DumpAsync());
        await WriteAsync(paying.Portal);
        var row = await paying.Portal.ReadAsync(d => d.WebhookCalls.SingleAsync());
        Assert.Equal(
            ("stripe", 0, 50, "the signature does not fit"),
            (row.Provider, row.Received, row.Refused, row.WhyRefused)
        );
        Assert.Equal(paying.Portal.Now, row.LastRefusedAt);
        Assert.Null(row.LastReceivedAt);
        Assert.Single(
            paying.Portal.Log.Lines,
            l => l.Contains("A webhook of Stripe was refused", StringComparison.Ordinal)
        );
        // Nothing new: no commit either.
        var commits = 0;
        paying.Portal.Crash.Hook = (point, act) =>
            commits += (point, act) == ("before commit", "webhook.count") ? 1 : 0;
        await WriteAsync(paying.Portal);
        Assert.Equal(0, commits);
        await paying.Stripe.SendAsync("{}", "t=1,v1=00");
        await WriteAsync(paying.Portal);
        Assert.Equal(1, commits);
    }

    [Theory, BothDatabases]
    public async Task What_one_instance_counted_every_instance_shows_and_a_restart_forgets_nothing(Db db)
    {
        await using var paying = await Paying.StartAsync(db);
        var (_, checkout) = await paying.OpenAsync();
        await paying.TellAsync(paying.Stripe.Pay(checkout));
        await paying.Stripe.SendAsync("{}", "t=1,v1=00");
        await WriteAsync(paying.Portal);
        // Another instance counts in its memory and adds its counts to the row.
        var other = new Webhooks(paying.Portal.Units, paying.Portal.Clock);
        paying.Portal.Clock.Advance(TimeSpan.FromMinutes(1));
        other.Received("stripe");
        other.Refused("stripe", "no signature");
        await other.WriteAsync(CancellationToken.None);
        await paying.Portal.RestartAsync();
        var calls = await CallsAsync(paying.Portal);
        Assert.Equal(new WebhookCalls(paying.Portal.Now, paying.Portal.Now, "no signature", 2, 2), calls);
        var setup = Markup.Text(
            (await (await Route.OperatorAsync(paying.Portal)).OpenAsync("/admin/setup")).Expect(200).Body
        );
        Assert.Contains("2 genuine in all", setup, StringComparison.Ordinal);
        Assert.Contains("2 in all; anybody can send one", setup, StringComparison.Ordinal);
    }

    [Theory, BothDatabases]
    public async Task What_could_not_be_written_is_written_the_next_time(Db db)
    {
        await using var paying = await Paying.StartAsync(db);
        await paying.Stripe.SendAsync("{}", "t=1,v1=00");
        paying.Portal.Crash.Hook = (point, act) =>
            _ = act == "webhook.count" ? throw new StoreBusyException("The disk is full.") : 0;
        await Assert.ThrowsAsync<StoreBusyException>(() => WriteAsync(paying.Portal));
        paying.Portal.Crash.Hook = null;
        await paying.Stripe.SendAsync("{}", "t=1,v1=00");
        await WriteAsync(paying.Portal);
        Assert.Equal(2, await paying.Portal.ReadAsync(d => d.WebhookCalls.Select(r => r.Refused).SingleAsync()));
    }

    [Theory, BothDatabases]
    public async Task An_older_time_of_another_instance_does_not_win(Db db)
    {
        await using var portal = await Portal.StartAsync(db);
        var (late, early) = (new Webhooks(portal.Units, portal.Clock), new Webhooks(portal.Units, portal.Clock));
        early.Refused("stripe", "early");
        early.Received("stripe");
        portal.Clock.Advance(TimeSpan.FromSeconds(10));
        late.Refused("stripe", "late");
        late.Received("stripe");
        await late.WriteAsync(CancellationToken.None);
        await early.WriteAsync(CancellationToken.None);
        Assert.Equal(new WebhookCalls(portal.Now, portal.Now, "late", 2, 2), await CallsAsync(portal));
    }

    [Fact]
    public async Task A_server_that_stops_cleanly_writes_what_it_counted()
    {
        var settings = new Dictionary<string, string?>
        {
            ["STRIPE_SECRET_KEY"] = Paying.Key,
            ["STRIPE_WEBHOOK_SIGNING_KEY"] = Paying.Secret,
        };
        await using var portal = await Portal.StartAsync(Db.Sqlite, environment: settings, background: true);
        (await portal.Browser().SendAsync(HttpMethod.Post, "/webhooks/stripe", new { })).ExpectRefusal(
            Refusals.WebhookSignature
        );
        foreach (var service in portal.Services.GetServices<IHostedService>().OfType<BackgroundLoop>())
            await service.StopAsync(CancellationToken.None);
        Assert.Equal(1, await portal.ReadAsync(d => d.WebhookCalls.Select(r => r.Refused).SingleAsync()));
    }

    [Theory, BothDatabases]
    public async Task Unsigned_calls_light_no_banner_and_silence_while_payments_are_open_does(Db db)
    {
        await using var paying = await Paying.StartAsync(db);
        var (_, paid) = await paying.OpenAsync();
        await paying.OpenAsync(1500);
        await paying.TellAsync(paying.Stripe.Pay(paid));
        await paying.Stripe.SendAsync("{}", "t=1,v1=00");
        await ExpectAsync(paying.Portal, "Stripe", silent: false);
        // The checkout has ended, and no genuine call has come since: the event of its end is missing.
        paying.Portal.Clock.Advance(TimeSpan.FromHours(25));
        await ExpectAsync(paying.Portal, "Stripe", silent: true);
        Assert.Contains("compare the signing secrets", await OverviewAsync(paying.Portal), StringComparison.Ordinal);
        await paying.Portal.RunJobAsync("alarms.watch");
        Assert.Equal(
            1,
            await paying.Portal.ReadAsync(d =>
                d.Alarms.CountAsync(a => a.Key == "webhook.silent:stripe" && a.ClearedAt == null)
            )
        );
        // Any genuine call shows that the webhook works.
        var (_, next) = await paying.OpenAsync(900, await paying.Portal.SignUpAsync("asha"));
        await paying.TellAsync(paying.Stripe.Pay(next));
        await ExpectAsync(paying.Portal, "Stripe", silent: false);
        await paying.Portal.RunJobAsync("alarms.watch");
        Assert.NotNull(
            await paying.Portal.ReadAsync(d =>
                d.Alarms.Where(a => a.Key == "webhook.silent:stripe").Select(a => a.ClearedAt).SingleAsync()
            )
        );
    }

    [Theory, BothDatabases]
    public async Task Somebody_back_from_paying_whom_no_event_follows_is_a_sign_after_a_quarter_of_an_hour(Db db)
    {
        await using var paying = await Paying.StartAsync(db);
        var (sid, _) = await paying.OpenAsync();
        await paying.Portal.Units.RunAsync(
            "test.seed",
            new("operator", "tester"),
            unit =>
                unit.Db.PaymentIntents.Where(p => p.Sid == sid)
                    .ExecuteUpdateAsync(set => set.SetProperty(p => p.ReturnedAt, (DateTimeOffset?)unit.Now))
        );
        paying.Portal.Clock.Advance(TimeSpan.FromMinutes(15));
        await ExpectAsync(paying.Portal, "Stripe", silent: false);
        paying.Portal.Clock.Advance(TimeSpan.FromSeconds(1));
        await ExpectAsync(paying.Portal, "Stripe", silent: true);
        // Any genuine call shows that the webhook works; the state of this payment is a separate question.
        var (_, other) = await paying.OpenAsync(1500);
        await paying.TellAsync(paying.Stripe.Pay(other));
        await ExpectAsync(paying.Portal, "Stripe", silent: false);
    }

    [Theory, BothDatabases]
    public async Task Silence_while_identity_checks_are_open_is_shown_too(Db db)
    {
        await using var at = await KycPortal.StartAsync(db);
        await at.StartedAsync("asha");
        at.Portal.Clock.Advance(TimeSpan.FromHours(20));
        await ExpectAsync(at.Portal, "iDenfy", silent: false);
        at.Portal.Clock.Advance(TimeSpan.FromDays(9));
        await ExpectAsync(at.Portal, "iDenfy", silent: true);
        at.Portal.Services.GetRequiredService<Webhooks>().Received("idenfy");
        await ExpectAsync(at.Portal, "iDenfy", silent: false);
    }

    private static Task WriteAsync(Portal portal) =>
        portal.Services.GetRequiredService<Webhooks>().WriteAsync(CancellationToken.None);

    private static Task<WebhookCalls> CallsAsync(Portal portal) =>
        portal.ReadAsync(d =>
            portal.Services.GetRequiredService<Webhooks>().ReadAsync(d, "stripe", CancellationToken.None)
        );

    private static async Task<string> OverviewAsync(Portal portal) =>
        Markup.Text((await (await Route.OperatorAsync(portal)).OpenAsync("/admin")).Expect(200).Body);

    private static async Task ExpectAsync(Portal portal, string provider, bool silent)
    {
        Assert.Equal(
            silent,
            (await OverviewAsync(portal)).Contains("Webhook silent " + provider, StringComparison.Ordinal)
        );
        var setup = Markup.Text((await (await Route.OperatorAsync(portal)).OpenAsync("/admin/setup")).Expect(200).Body);
        Assert.Equal(silent, setup.Contains(provider + " has fallen silent.", StringComparison.Ordinal));
    }
}
