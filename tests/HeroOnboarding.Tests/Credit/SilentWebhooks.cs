using HeroOnboarding.Tests.Conventions;
using HeroOnboarding.Tests.Kyc;
using HeroOnboarding.Tests.Stores;
using HeroOnboarding.Tests.Support;
using HeroOnboarding.Web;
using Microsoft.Extensions.DependencyInjection;

namespace HeroOnboarding.Tests.Credit;

/// <summary>
/// Which payments and identity checks wait for a webhook. Each row that does not count differs in one member from one
/// that counts. The calls of both providers are counted.
/// </summary>
public sealed class SilentWebhooks
{
    [Theory, BothDatabases]
    public async Task Only_an_open_payment_of_Stripe_with_a_checkout_waits(Db db)
    {
        foreach (
            var (change, waits) in new[]
            {
                ("amount = amount + 10000", true),
                ("provider = 'other'", false),
                ("checkout_id = NULL", false),
                ("state = 'checking'", false),
                ("state = 'not_paid', reason = 'expired', settled_at = 1", false),
            }
        )
        {
            await using var paying = await Paying.StartAsync(db);
            await paying.OpenAsync();
            paying.Portal.Clock.Advance(TimeSpan.FromHours(26));
            Assert.True(await IsSilentAsync(paying.Portal, "Stripe"));
            await paying.Portal.AcceptsAsync("UPDATE payment_intents SET " + change);
            Assert.True(waits == await IsSilentAsync(paying.Portal, "Stripe"), change);
        }
    }

    [Theory, BothDatabases]
    public async Task Only_a_check_at_iDenfy_without_a_verdict_waits(Db db)
    {
        foreach (
            var (change, waits) in new[]
            {
                ("scan_ref = 'another'", true),
                ("provider = 'other'", false),
                ("state = 'pending'", false),
                ("state = 'failed', verdict_at = 1", false),
                ("verdict = 'SUSPECTED', needs_review = true", false),
            }
        )
        {
            await using var at = await KycPortal.StartAsync(db);
            await at.StartedAsync("asha");
            at.Portal.Clock.Advance(TimeSpan.FromDays(10));
            Assert.True(await IsSilentAsync(at.Portal, "iDenfy"));
            await at.Portal.AcceptsAsync("UPDATE kyc_sessions SET " + change);
            Assert.True(waits == await IsSilentAsync(at.Portal, "iDenfy"), change);
        }
    }

    [Theory, BothDatabases]
    public async Task A_provider_that_is_switched_off_is_not_silent(Db db)
    {
        await using var paying = await Paying.StartAsync(db);
        await paying.OpenAsync();
        paying.Portal.Clock.Advance(TimeSpan.FromHours(26));
        Assert.True(await IsSilentAsync(paying.Portal, "Stripe"));
        await paying.RestartAsync(
            new Dictionary<string, string?>
            {
                ["STRIPE_SECRET_KEY"] = null,
                ["STRIPE_WEBHOOK_SIGNING_KEY"] = null,
                ["STRIPE_API_URL"] = null,
            }
        );
        Assert.False(await IsSilentAsync(paying.Portal, "Stripe"));
    }

    [Theory, BothDatabases]
    public async Task Identity_checks_of_a_provider_that_is_switched_off_are_not_waited_for(Db db)
    {
        await using var at = await KycPortal.StartAsync(db);
        await at.StartedAsync("asha");
        at.Portal.Clock.Advance(TimeSpan.FromDays(10));
        Assert.True(await IsSilentAsync(at.Portal, "iDenfy"));
        await at.Portal.RestartAsync(KycPortal.More(at.Idenfy).ToDictionary(m => m.Key, _ => (string?)null));
        Assert.False(await IsSilentAsync(at.Portal, "iDenfy"));
    }

    [Theory, BothDatabases]
    public async Task A_refused_call_is_a_hint_only_when_no_genuine_one_came_after_it(Db db)
    {
        foreach (var genuineLast in new[] { true, false })
        {
            await using var paying = await Paying.StartAsync(db);
            await paying.OpenAsync();
            var calls = paying.Portal.Services.GetRequiredService<Webhooks>();
            Action[] both =
            [
                () => calls.Received("stripe"),
                () => calls.Refused("stripe", "the signature does not fit"),
            ];
            foreach (var call in genuineLast ? both.Reverse() : both)
            {
                call();
                paying.Portal.Clock.Advance(TimeSpan.FromMinutes(1));
            }
            paying.Portal.Clock.Advance(TimeSpan.FromHours(26));
            Assert.True(await IsSilentAsync(paying.Portal, "Stripe"));
            Assert.Equal(
                !genuineLast,
                (await OverviewAsync(paying.Portal)).Contains("compare the signing secrets", StringComparison.Ordinal)
            );
        }
    }

    [Theory, BothDatabases]
    public async Task Calls_of_iDenfy_are_counted_as_genuine_by_their_signature_only(Db db)
    {
        await using var at = await KycPortal.StartAsync(db);
        await at.StartedAsync("asha");
        (await at.PostCallbackAsync("{}", null)).ExpectRefusal(Refusals.WebhookSignature);
        at.Portal.Clock.Advance(TimeSpan.FromMinutes(1));
        (await at.PostCallbackAsync("{}", "00")).ExpectRefusal(Refusals.WebhookSignature);
        Assert.Equal(
            new WebhookCalls(null, at.Portal.Now, "the signature does not fit", 0, 2),
            await CallsAsync(at.Portal)
        );
        at.Portal.Clock.Advance(TimeSpan.FromMinutes(1));
        await at.SaysAsync(at.Idenfy.ApproveAsync(at.Scan));
        var calls = await CallsAsync(at.Portal);
        Assert.Equal((at.Portal.Now, 1, 2), (calls.LastReceived!.Value, calls.Received, calls.Refused));
    }

    private static Task<WebhookCalls> CallsAsync(Portal portal) =>
        portal.ReadAsync(d =>
            portal.Services.GetRequiredService<Webhooks>().ReadAsync(d, "idenfy", CancellationToken.None)
        );

    private static async Task<bool> IsSilentAsync(Portal portal, string provider) =>
        (await OverviewAsync(portal)).Contains("Webhook silent " + provider, StringComparison.Ordinal);

    private static async Task<string> OverviewAsync(Portal portal) =>
        Markup.Text((await (await Route.OperatorAsync(portal)).OpenAsync("/admin")).Expect(200).Body);
}
