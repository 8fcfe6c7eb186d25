namespace HeroOnboarding.Plans;

public enum PurchaseState { Active, Ended }

/// <summary>A plan that an account bought: so many machines at once for 30 days, at the price frozen at purchase.</summary>
public sealed class Purchase
{
    public required string Sid { get; set; }
    public required string AccountSid { get; set; }
    public required string PlanId { get; set; }
    /// <summary>Micro-dollars paid.</summary>
    public long Price { get; set; }
    /// <summary>Quota: machines that may be held at once.</summary>
    public int VmCount { get; set; }
    /// <summary>Machines held now; a release gives the unit back.</summary>
    public int Used { get; set; }
    public PurchaseState State { get; set; }
    public DateTimeOffset StartedAt { get; set; }
    public DateTimeOffset PeriodEnd { get; set; }
    public DateTimeOffset? EndedAt { get; set; }
    public string? TermsVersion { get; set; }
}
