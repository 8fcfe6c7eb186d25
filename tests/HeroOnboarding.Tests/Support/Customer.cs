namespace HeroOnboarding.Tests.Support;

/// <summary>A signed-in customer; each method is a request or an action of the test for this customer.</summary>
public sealed class Customer(Portal portal, Browser browser, string sid)
{
    public Portal Portal => portal;
    public Browser Browser => browser;
    public string Sid => sid;

    public async Task PassKycAsync() =>
        (await portal.AdminPostAsync("/admin/kyc-verify", new { user_sid = sid, reason = "passport seen" })).Expect(
            200
        );

    public async Task TopUpAsync(long cents) =>
        (
            await portal.AdminPostAsync(
                "/admin/credit-adjust",
                new
                {
                    user_sid = sid,
                    amount_cents = cents,
                    reason = "test credit",
                }
            )
        ).Expect(200);

    public Task<Reply> BuyPlanAsync(
        string plan = "vms-5",
        bool startNow = false,
        string? key = null,
        bool acceptTerms = true
    ) =>
        PostAsync(
            "/plan/buy",
            new
            {
                plan_id = plan,
                start_now = startNow,
                accept_terms = acceptTerms,
            },
            key
        );

    public Task<Reply> AllocateAsync(string? key = null) => PostAsync("/vm/allocate", new { }, key);

    public Task<Reply> ReleaseAsync(string allocationSid) =>
        PostAsync("/vm/release", new { allocation_sid = allocationSid });

    public Task<Reply> PostAsync(string path, object body, string? key = null) =>
        browser.SendAsync(
            HttpMethod.Post,
            path,
            body,
            headers: key is null ? null : new Dictionary<string, string> { ["Idempotency-Key"] = key }
        );
}
