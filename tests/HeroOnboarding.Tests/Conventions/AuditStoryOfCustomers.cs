using HeroOnboarding.Plans;
using HeroOnboarding.Store;
using HeroOnboarding.Tests.Stores;

namespace HeroOnboarding.Tests.Conventions;

/// <summary>Sign-in, verification, a chosen and a bought plan, a first machine, and the ends of sessions.</summary>
internal sealed class AuditStoryOfCustomers(AuditStory story)
{
    private string lease = "";

    public IReadOnlyList<AuditChapter> Chapters =>
        [
            new("store.issuer", "system", StartWithForgeAsync),
            story.SignIn(),
            .. new AuditStoryOfVerification(story).Chapters,
            Review("kyc.verify", "/admin/kyc-verify"),
            Review("kyc.unverify", "/admin/kyc-unverify"),
            Review("account.suspend", "/admin/user-suspend"),
            Review("account.unsuspend", "/admin/user-unsuspend"),
            new("plan.choose", "customer", () => story.AskAsync("/plan/choose", new { plan_id = "vms-5" }, 201)),
            new("plan.withdraw", "customer", () => story.AskAsync("/plan/withdraw", new { }, 200)),
            Review("kyc.verify", "/admin/kyc-verify"),
            new("credit.adjust", "machine", TopUpAsync),
            new("plan.buy", "customer", BuyAsync),
            new("plan.buy_chosen", "system", () => CompleteAsync("done")),
            new("plan.chosen_refused", "system", () => CompleteAsync("waiting")),
            new("vm.allocate", "customer", AllocateAsync),
            new("vm.replace", "customer", ReplaceAsync),
            new("vm.release", "customer", ReleaseAsync),
        ];

    public IReadOnlyList<AuditChapter> EndsOfSessions =>
        [
            new("session.end_all", "customer", () => story.AskAsync("/logout/everywhere", new { }, 303)),
            story.SignIn(),
            new("session.end", "customer", () => story.AskAsync("/logout", new { }, 303)),
        ];

    private async Task<string?> StartWithForgeAsync()
    {
        await story.Portal.RestartAsync(
            new Dictionary<string, string?>
            {
                ["FORGE_URL"] = "https://forge.test",
                ["FORGE_CLIENT_ID"] = "portal",
                ["FORGE_CLIENT_SECRET"] = "secret",
            }
        );
        story.Operators = story.Portal.Browser();
        return null;
    }

    private AuditChapter Review(string act, string path) =>
        new(
            act,
            "machine",
            () => story.AdminAsync(path, new { user_sid = story.Asha.Sid, reason = "as agreed" }, story.Asha.Sid)
        );

    private async Task<string?> TopUpAsync()
    {
        await story.Asha.TopUpAsync(1000);
        return story.Asha.Sid;
    }

    private async Task<string?> BuyAsync()
    {
        (await story.Asha.BuyPlanAsync(startNow: true)).Expect(201);
        return story.Asha.Sid;
    }

    /// <summary>
    /// A chosen plan that was bought before is left alone; the one of a customer with a plan is refused. Each leaves
    /// one audit row.
    /// </summary>
    private async Task<string?> CompleteAsync(string state)
    {
        var now = Instants.ToMicros(story.Portal.Now);
        await story.Portal.AcceptsAsync(
            "INSERT INTO purchase_intents (sid, account_sid, plan_id, price, state, created_at, expires_at) VALUES "
                + "({0}, {1}, 'vms-5', 10000000, {0}, {2}, {3})",
            state,
            story.Asha.Sid,
            now,
            now + 1_000_000
        );
        var row = new OutboxRow
        {
            Sid = "o",
            Kind = CompletePurchase.Kind,
            Key = "k",
            Body = $$"""{"intent_sid":"{{state}}"}""",
        };
        await story.Service<CompletePurchase>().DeliverAsync(row, CancellationToken.None);
        return story.Asha.Sid;
    }

    private async Task<string?> AllocateAsync()
    {
        lease = (await story.Asha.AllocateAsync()).Expect(201).Text("sid");
        return story.Asha.Sid;
    }

    private async Task<string?> ReplaceAsync()
    {
        lease = (await story.Asha.PostAsync("/vm/replace", new { allocation_sid = lease })).Expect(201).Text("sid");
        return story.Asha.Sid;
    }

    private async Task<string?> ReleaseAsync()
    {
        (await story.Asha.ReleaseAsync(lease)).Expect(200);
        return story.Asha.Sid;
    }
}
