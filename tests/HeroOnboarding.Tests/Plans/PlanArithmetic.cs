using HeroOnboarding.Credit;
using HeroOnboarding.Plans;

namespace HeroOnboarding.Tests.Plans;

/// <summary>When a plan can be renewed, and the text about missing credit, each at its limit.</summary>
public sealed class PlanArithmetic
{
    private static readonly DateTimeOffset Now = new(2026, 11, 28, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void A_plan_can_be_renewed_until_its_machines_are_gone_and_not_a_whole_period_ahead()
    {
        Assert.True(IsPossible(Now.AddDays(30), Now.AddDays(33)));
        Assert.False(IsPossible(Now.AddDays(30).AddMicroseconds(1), Now.AddDays(33)));
        Assert.True(IsPossible(Now.AddDays(-3), Now));
        Assert.False(IsPossible(Now.AddDays(-3), Now.AddMicroseconds(-1)));
        Assert.True(IsPossible(Now, null));
        Assert.False(IsPossible(Now.AddMicroseconds(-1), null));
        Assert.False(IsPossible(Now.AddDays(1), Now.AddDays(4), PurchaseState.Ended));
    }

    [Fact]
    public void Exactly_enough_credit_is_enough_and_owing_begins_below_zero()
    {
        Assert.Null(CreditGate.Check(10_000_000, 10_000_000));
        Assert.Null(CreditGate.Check(-5, -5));
        var poor = CreditGate.Check(9_999_999, 10_000_000)!;
        Assert.Equal(CreditRefusals.CreditInsufficient.Code, poor.Code);
        Assert.Contains("$0.01 is missing", poor.Detail, StringComparison.Ordinal);
        Assert.Equal(CreditRefusals.CreditInsufficient.Code, CreditGate.Check(0, 1)!.Code);
        Assert.Equal(CreditRefusals.CreditOwed.Code, CreditGate.Check(-1, 0)!.Code);
    }

    [Theory]
    [InlineData("""{"id":"a","price_cents":0,"vm_count":1}""", true)]
    [InlineData("""{"id":"a","price_cents":100000000,"vm_count":1000}""", true)]
    [InlineData("""{"id":"a","price_cents":-1,"vm_count":1}""", false)]
    [InlineData("""{"id":"a","price_cents":100000001,"vm_count":1}""", false)]
    [InlineData("""{"id":"a","price_cents":0,"vm_count":0}""", false)]
    [InlineData("""{"id":"a","price_cents":0,"vm_count":1001}""", false)]
    [InlineData("""{"id":"a","price_cents":1,"vm_count":1},{"id":"a","price_cents":2,"vm_count":2}""", false)]
    public void A_catalogue_is_read_or_its_mistake_is_named(string plans, bool right) =>
        Assert.Equal(right, PlanConfig.Parse($"[{plans}]").Error is null);

    [Fact]
    public void A_catalogue_has_1_to_50_plans()
    {
        static bool IsRight(int plans)
        {
            var wires = Enumerable.Range(1, plans).Select(n => $$"""{"id":"p{{n}}","price_cents":1,"vm_count":1}""");
            return PlanConfig.Parse($"[{string.Join(',', wires)}]").Error is null;
        }
        Assert.Equal((false, true, true, false), (IsRight(0), IsRight(1), IsRight(50), IsRight(51)));
    }

    private static bool IsPossible(
        DateTimeOffset end,
        DateTimeOffset? expiry,
        PurchaseState state = PurchaseState.Active
    )
    {
        var plan = new Purchase
        {
            Sid = "p",
            AccountSid = "a",
            PlanId = "vms-5",
            State = state,
        };
        (plan.PeriodEnd, plan.ExpiresAt) = (end, expiry);
        return RenewPlan.IsPossible(plan, Now);
    }
}
