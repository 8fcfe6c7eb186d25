using HeroOnboarding.Tests.Support;

namespace HeroOnboarding.Tests.Stores;

/// <summary>Constraints of payments in the database.</summary>
public sealed class PaymentConstraints
{
    private const string Intent = """
        INSERT INTO payment_intents (sid, account_sid, provider, amount, currency, live, state, checkout_id, created_at)
        VALUES ({0}, {1}, {2}, {3}, 'usd', false, {4}, NULLIF({5}, ''), 1)
        """;

    [Theory, BothDatabases]
    public async Task A_payment_has_an_amount_a_known_state_and_an_owner(Db db)
    {
        await using var portal = await Portal.StartAsync(db);
        var asha = await portal.SignUpAsync("asha");
        await portal.RefusesAsync(
            Breach.Check,
            "ck_payment_intents_amount",
            Intent,
            "p1",
            asha.Sid,
            "stripe",
            0L,
            "open",
            ""
        );
        await portal.RefusesAsync(
            Breach.Check,
            "ck_payment_intents_state",
            Intent,
            "p2",
            asha.Sid,
            "stripe",
            1L,
            "half",
            ""
        );
        await portal.RefusesAsync(Breach.ForeignKey, "", Intent, "p3", "nobody", "stripe", 1L, "open", "");
        await portal.AcceptsAsync(Intent, "p4", asha.Sid, "stripe", 1L, "open", "");
    }

    [Theory, BothDatabases]
    public async Task A_checkout_belongs_to_one_payment(Db db)
    {
        await using var portal = await Portal.StartAsync(db);
        var asha = await portal.SignUpAsync("asha");
        await portal.AcceptsAsync(Intent, "p1", asha.Sid, "stripe", 1L, "open", "cs_1");
        await portal.RefusesAsync(
            Breach.Duplicate,
            "ux_payment_intents_checkout",
            Intent,
            "p2",
            asha.Sid,
            "stripe",
            1L,
            "open",
            "cs_1"
        );
        await portal.AcceptsAsync(Intent, "p3", asha.Sid, "another", 1L, "open", "cs_1");
        await portal.AcceptsAsync(Intent, "p4", asha.Sid, "stripe", 1L, "open", "");
        await portal.AcceptsAsync(Intent, "p5", asha.Sid, "stripe", 1L, "open", "");
    }

    [Theory, BothDatabases]
    public async Task An_event_is_remembered_once_and_a_checkout_is_put_aside_once(Db db)
    {
        const string insertEvent =
            "INSERT INTO payment_events (sid, provider, external_id, type, outcome, received_at) VALUES ({0}, "
            + "'stripe', {1}, 'x', 'ignored', 1)";
        const string aside = """
            INSERT INTO suspense_items (sid, provider, event_id, checkout_id, amount_minor, currency, live, booked, why,
              state, created_at)
            VALUES ({0}, 'stripe', 'evt', {1}, 1, 'usd', false, 0, 'x', {2}, 1)
            """;
        await using var portal = await Portal.StartAsync(db);
        await portal.AcceptsAsync(insertEvent, "e1", "evt_1");
        await portal.RefusesAsync(Breach.Duplicate, "provider_external_id", insertEvent, "e2", "evt_1");
        await portal.AcceptsAsync(aside, "s1", "cs_1", "open");
        await portal.RefusesAsync(Breach.Duplicate, "provider_checkout_id", aside, "s2", "cs_1", "open");
        await portal.RefusesAsync(Breach.Check, "ck_suspense_items_state", aside, "s3", "cs_2", "lost");
    }
}
