namespace HeroOnboarding.Plans;

/// <summary>When data is erased, in the words of every page that says it.</summary>
public static class ErasureNotice
{
    /// <param name="grace">
    /// How long machines are kept after their plan has ended: of the customer's plan, else
    /// <see cref="PlanOptions.ExpiryGrace"/>. Whole hours.
    /// </param>
    public static string Say(TimeSpan grace) =>
        "No backups. Data is erased "
        + (
            grace <= TimeSpan.Zero
                ? "when the plan ends"
                : $"{Words.Count((long)grace.TotalHours, "hour")} after the plan ends"
        )
        + " or when you give the machine back.";
}
