namespace HeroOnboarding.Plans;

/// <summary>The refusals of plans and purchases.</summary>
public static class PlanRefusals
{
    public static readonly Refusal PlanUnknown = new(
        "plan.unknown",
        404,
        "There is no such plan.",
        "Choose one from the plans page."
    )
    {
        Step = new("/plans", "Choose a plan"),
    };
    public static readonly Refusal PlanAlreadyActive = new(
        "plan.already_active",
        409,
        "You already have an active plan.",
        "Use its machines, or wait until it ends."
    )
    {
        Step = new("/dashboard", "To your machines"),
    };
    public static readonly Refusal PlanRequired = new(
        "plan.required",
        409,
        "You have no active plan.",
        "Buy a plan first."
    )
    {
        Step = new("/plans", "Choose a plan"),
    };
    public static readonly Refusal PlanChanged = new(
        "plan.changed",
        409,
        "The plan has changed since you chose it.",
        "Look at its price and choose it again. Nothing was charged."
    );
    public static readonly Refusal PlanRenewed = new(
        "plan.renewed",
        409,
        "Your plan was renewed already.",
        "Look at its new end. Nothing was charged."
    )
    {
        Step = new("/plan", "To your plan"),
    };
    public static readonly Refusal PlanStarted = new(
        "plan.started",
        409,
        "A machine was started under this plan.",
        "It cannot be cancelled any more; it ends by itself."
    )
    {
        Step = new("/plan", "To your plan"),
    };
    public static readonly Refusal PlanNotLarger = new(
        "plan.not_larger",
        409,
        "That plan is not larger than yours.",
        "Choose one with more machines. Nothing was charged."
    )
    {
        Step = new("/plan", "To your plan"),
    };
}
