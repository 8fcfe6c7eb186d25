using HeroOnboarding.Accounts;
using HeroOnboarding.Tests.Support;
using HeroOnboarding.Vms;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Tests.Accounts;

/// <summary>
/// Two identities open one account, and the deployer is notified. A customer cannot remove the last identity or take
/// over another account.
/// </summary>
public sealed class LinkingIdentities
{
    [Theory, BothDatabases]
    public async Task An_address_is_added_and_both_open_the_account_and_the_deployer_hears_of_it(Db db)
    {
        await using var at = await TwoWaysIn.StartAsync(db);
        var asha = await at.ByForgeAsync();
        await asha.PassKycAsync();
        await asha.TopUpAsync(1000);
        (await asha.BuyPlanAsync(startNow: true)).Expect(201);
        await at.Portal.DeliverAsync();
        var offer = await at.OfferAddressAsync(asha.Browser, "asha");
        var both = Markup.Text((await asha.Browser.OpenAsync(offer)).Expect(200).Body);
        Assert.Contains("asha at the Forge, user id 4200", both, StringComparison.Ordinal);
        Assert.Contains(at.AddressOf("asha"), both, StringComparison.Ordinal);
        Assert.Null((await at.AccountAsync(asha.Sid)).MyceliumAddress);
        Assert.Equal(
            "/account?linked=mycelium",
            (await TwoWaysIn.ConfirmAsync(asha.Browser, offer)).Expect(303).Location
        );
        await at.Portal.DeliverAsync();
        var calls = at
            .Deployer.Calls.Select(c =>
                (
                    c.Path,
                    c.Body.GetProperty("forge_id").GetString(),
                    c.Body.TryGetProperty("mycelium_address", out var a) ? a.GetString() : null
                )
            )
            .ToList();
        Assert.Equal([("/admin/assign-vm", "4200", null), ("/admin/assign-vm", "4200", at.AddressOf("asha"))], calls);
        at.Pause();
        Assert.Equal(asha.Sid, (await at.ByAddressAsync()).Sid);
        Assert.Contains(
            "…" + at.AddressOf("asha")[^4..],
            Markup.Text((await asha.Browser.OpenAsync("/account")).Body),
            StringComparison.Ordinal
        );
        Assert.Equal(1, await at.Portal.ReadAsync(d => d.Accounts.CountAsync()));
    }

    [Theory, BothDatabases]
    public async Task A_forge_identity_is_added_and_later_leases_carry_it(Db db)
    {
        await using var at = await TwoWaysIn.StartAsync(db);
        var asha = await at.ByAddressAsync();
        await asha.PassKycAsync();
        await asha.TopUpAsync(1000);
        (await asha.BuyPlanAsync(startNow: true)).Expect(201);
        var offer = await at.OfferForgeAsync(asha.Browser, "juma");
        Assert.StartsWith("/account/link?offer=", offer, StringComparison.Ordinal);
        Assert.Equal("/account?linked=forge", (await TwoWaysIn.ConfirmAsync(asha.Browser, offer)).Expect(303).Location);
        Assert.Equal("4201", (await asha.AllocateAsync()).Expect(201).Text("forge_id"));
        // The first lease keeps the identity of its hand-out. The deployer has a newer message, so the older notice is
        // not sent any more.
        Assert.Equal(
            [null, "4201"],
            await at.Portal.ReadAsync(d => d.VmAllocations.OrderBy(a => a.Sid).Select(a => a.ForgeId).ToListAsync())
        );
        await at.Portal.DeliverAsync();
        Assert.Equal(
            ["vm-0001 4201", "vm-0002 4201"],
            at.Deployer.Calls.Select(c =>
                    $"{c.Body.GetProperty("pool_vm_id").GetString()} {c.Body.GetProperty("forge_id").GetString()}"
                )
                .Order(StringComparer.Ordinal)
        );
        Assert.Equal(2, await at.Portal.ReadAsync(d => d.VmAllocations.CountAsync(a => a.AssignedAt != null)));
        Assert.Equal(asha.Sid, (await at.ByForgeAsync("juma")).Sid);
    }

    [Theory, BothDatabases]
    public async Task Of_two_accounts_that_link_the_same_identity_one_wins(Db db)
    {
        await using var at = await TwoWaysIn.StartAsync(db);
        var people = new List<Customer>
        {
            await at.ByForgeAsync("asha"),
            await at.ByForgeAsync("juma"),
            await at.ByForgeAsync("operator"),
        };
        var offers = new List<string>();
        foreach (var person in people)
        {
            offers.Add(await at.OfferAddressAsync(person.Browser, "zawadi"));
            at.Pause();
        }
        var sealedOffers = offers
            .Select(o => System.Web.HttpUtility.ParseQueryString(new Uri(Portal.Base, o).Query)["offer"])
            .ToList();
        var answers = await Task.WhenAll(
            people.Zip(sealedOffers, (p, offer) => p.PostAsync("/account/link", new { offer }))
        );
        Assert.Equal(1, answers.Count(r => (int)r.Status == 200));
        Assert.Equal(2, answers.Count(r => r.Code == "identity.taken"));
        Assert.Equal(
            1,
            await at.Portal.ReadAsync(d => d.Accounts.CountAsync(a => a.MyceliumAddress == at.AddressOf("zawadi")))
        );
        var loser = people[answers.ToList().FindIndex(r => r.Code == "identity.taken")];
        Assert.Contains(
            "Not linked",
            Markup.Text((await loser.Browser.OpenAsync("/account")).Body),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task An_identity_that_opens_another_account_and_a_second_one_of_a_kind_are_refused()
    {
        await using var at = await TwoWaysIn.StartAsync();
        var juma = await at.ByAddressAsync("juma");
        var asha = await at.ByForgeAsync();
        var offer = await at.OfferAddressAsync(asha.Browser, "juma");
        Assert.Equal(
            "/account?refused=identity.taken",
            (await TwoWaysIn.ConfirmAsync(asha.Browser, offer)).Expect(303).Location
        );
        Assert.Contains(
            AccountRefusals.IdentityTaken.Next,
            Markup.Text((await asha.Browser.OpenAsync("/account?refused=identity.taken")).Body),
            StringComparison.Ordinal
        );
        (await asha.PostAsync("/account/link-forge", new { })).ExpectRefusal(AccountRefusals.IdentityLinked);
        (await juma.PostAsync("/account/link-mycelium", new { address = at.AddressOf("asha") })).ExpectRefusal(
            AccountRefusals.IdentityLinked
        );
        (await asha.PostAsync("/account/unlink-forge", new { })).ExpectRefusal(AccountRefusals.IdentityLast);
        (await juma.PostAsync("/account/unlink-mycelium", new { })).ExpectRefusal(AccountRefusals.IdentityLast);
        (await asha.PostAsync("/account/unlink-mycelium", new { })).ExpectRefusal(AccountRefusals.IdentityNotLinked);
        (await asha.PostAsync("/account/prove-mycelium", new { })).ExpectRefusal(AccountRefusals.IdentityNotLinked);
        Assert.Equal(
            (null, "4200"),
            ((await at.AccountAsync(asha.Sid)).MyceliumAddress, (await at.AccountAsync(asha.Sid)).ForgeId)
        );
    }

    [Fact]
    public async Task The_yes_counts_once_for_the_session_that_asked_and_for_ten_minutes()
    {
        await using var at = await TwoWaysIn.StartAsync();
        var asha = await at.ByForgeAsync();
        var offer = await at.OfferAddressAsync(asha.Browser, "asha");
        var sealedOffer = System.Web.HttpUtility.ParseQueryString(new Uri(Portal.Base, offer).Query)["offer"];
        // Another customer, and another browser of the same customer, cannot confirm.
        (await (await at.ByForgeAsync("juma")).PostAsync("/account/link", new { offer = sealedOffer })).ExpectRefusal(
            AccountRefusals.SignInFailed
        );
        (await (await at.ByForgeAsync()).PostAsync("/account/link", new { offer = sealedOffer })).ExpectRefusal(
            AccountRefusals.SignInFailed
        );
        (await asha.PostAsync("/account/link", new { offer = sealedOffer + "x" })).ExpectRefusal(
            AccountRefusals.SignInFailed
        );
        (await asha.PostAsync("/account/link", new { offer = sealedOffer })).Expect(200);
        (await asha.PostAsync("/account/link", new { offer = sealedOffer })).ExpectRefusal(
            AccountRefusals.SignInFailed
        );
        var juma = await at.ByForgeAsync("juma");
        var late = await at.OfferAddressAsync(juma.Browser, "juma");
        at.Portal.Clock.Advance(TimeSpan.FromMinutes(10) + TimeSpan.FromMicroseconds(1));
        Assert.Equal("/account", (await juma.Browser.OpenAsync(late)).At.AbsolutePath);
        Assert.Null((await at.AccountAsync(juma.Sid)).MyceliumAddress);
    }

    [Theory, BothDatabases]
    public async Task Unlinking_waits_three_days_for_an_older_identity_and_signs_its_browsers_out(Db db)
    {
        await using var at = await TwoWaysIn.StartAsync(db);
        var asha = await at.ByForgeAsync();
        (await TwoWaysIn.ConfirmAsync(asha.Browser, await at.OfferAddressAsync(asha.Browser, "asha"))).Expect(303);
        var linked = (await at.AccountAsync(asha.Sid)).MyceliumLinkedAt!.Value;
        at.Pause();
        var elsewhere = await at.ByAddressAsync();
        var blocked = (await asha.PostAsync("/account/unlink-forge", new { })).ExpectRefusal(
            AccountRefusals.IdentityTooNew
        );
        Assert.Contains(
            $"{linked + UnlinkIdentity.Probation:d MMM yyyy, HH:mm}",
            blocked.Text("detail"),
            StringComparison.Ordinal
        );
        Assert.Contains(
            "Can be unlinked after",
            Markup.Text((await asha.Browser.OpenAsync("/account")).Body),
            StringComparison.Ordinal
        );
        at.Portal.Clock.SetUtcNow(linked + UnlinkIdentity.Probation - TimeSpan.FromMinutes(1));
        var fresh = await at.ByForgeAsync();
        at.Portal.Clock.SetUtcNow(linked + UnlinkIdentity.Probation);
        (await fresh.PostAsync("/account/unlink-forge", new { })).ExpectRefusal(AccountRefusals.IdentityTooNew);
        at.Portal.Clock.Advance(TimeSpan.FromMicroseconds(1));
        // The newer one can be taken off by the older one at any time; here the older one goes.
        var last = await at.ByAddressAsync();
        (await last.PostAsync("/account/unlink-forge", new { })).Expect(200);
        Assert.Equal("/login", (await fresh.Browser.OpenAsync("/account")).At.AbsolutePath);
        (await last.Browser.OpenAsync("/account")).Expect(200);
        Assert.Equal(
            (null, at.AddressOf("asha")),
            ((await at.AccountAsync(asha.Sid)).ForgeId, (await at.AccountAsync(asha.Sid)).MyceliumAddress)
        );
        (await last.PostAsync("/account/unlink-mycelium", new { })).ExpectRefusal(AccountRefusals.IdentityLast);
        // The Forge identity opens a new account now.
        Assert.NotEqual(asha.Sid, (await at.ByForgeAsync()).Sid);
        Assert.NotEqual(elsewhere.Sid, (await at.ByForgeAsync()).Sid);
    }

    [Theory, BothDatabases]
    public async Task An_identity_that_was_added_by_mistake_goes_at_once_and_the_deployer_hears_of_that_too(Db db)
    {
        await using var at = await TwoWaysIn.StartAsync(db);
        var asha = await at.ByForgeAsync();
        await asha.PassKycAsync();
        await asha.TopUpAsync(1000);
        (await asha.BuyPlanAsync(startNow: true)).Expect(201);
        (await TwoWaysIn.ConfirmAsync(asha.Browser, await at.OfferAddressAsync(asha.Browser, "asha"))).Expect(303);
        Assert.Equal(
            "/account?unlinked=mycelium",
            (await asha.Browser.SubmitAsync("/account", "/account/unlink-mycelium")).Expect(303).Location
        );
        await at.Portal.DeliverAsync();
        // Three notices were queued; of the first two one is no longer true.
        Assert.All(
            at.Deployer.Calls,
            c => Assert.False(c.Body.TryGetProperty("mycelium_address", out var a) && a.GetString() is not null)
        );
        Assert.Equal(0, await at.Portal.ReadAsync(d => d.Outbox.CountAsync(r => r.DoneAt == null)));
        var acts = await at.Portal.ReadAsync(d =>
            d.Audit.Where(r => r.Subject == asha.Sid && r.Act.StartsWith("identity."))
                .OrderBy(r => r.Sid)
                .Select(r => r.Act)
                .ToListAsync()
        );
        Assert.Equal(["identity.link_start", "identity.link", "identity.unlink"], acts);
    }
}
