namespace HeroOnboarding.Plans;

/// <summary>The sentence about the erasure of data, for every page that shows it.</summary>
public static class ErasureNotice
{
    /// <param name="grace">How long machines are kept after their plan has ended: of the customer's plan, or
    /// <see cref="PlanOptions.ExpiryGrace"/> without one. Whole hours.</param>
    public static string Say(TimeSpan grace) =>
        "No backups. Data is erased "
        + (
            grace <= TimeSpan.Zero
                ? "when the plan ends"
                : $"{Words.Count((long)grace.TotalHours, "hour")} after the plan ends"
        )
        + " or when you give the machine back.";
}
