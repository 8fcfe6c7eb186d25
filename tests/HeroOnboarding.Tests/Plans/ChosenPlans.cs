using HeroOnboarding.Plans;
using HeroOnboarding.Tests.Support;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Tests.Plans;

/// <summary>Steps of tests about a plan that was chosen and is not bought yet.</summary>
internal static class ChosenPlans
{
    /// <summary>A verified customer without credit who has chosen the plan vms-5.</summary>
    public static async Task<Customer> ReadyToPayAsync(this Portal portal)
    {
        var asha = await portal.SignUpAsync("asha");
        await asha.PassKycAsync();
        (await asha.ChoosePlanAsync()).Expect(201);
        return asha;
    }

    public static Task<Reply> ChoosePlanAsync(this Customer customer, string plan = "vms-5") =>
        customer.PostAsync("/plan/choose", new { plan_id = plan });

    public static Task<PurchaseIntentState> ChosenStateAsync(this Portal portal) =>
        portal.ReadAsync(d => d.PurchaseIntents.Select(i => i.State).SingleAsync());
}
