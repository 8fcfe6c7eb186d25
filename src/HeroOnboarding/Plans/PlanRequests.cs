using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using HeroOnboarding.Web.Requests;

namespace HeroOnboarding.Plans;

/// <summary>Body of <c>POST /plan/buy</c>.</summary>
public sealed record BuyPlanRequest
{
    [Description("Id of a plan of the catalogue."), MaxLength(64), Otherwise("plan.unknown")]
    public required string PlanId { get; init; }

    [Description("Start the first machine in the same commit.")]
    public bool StartNow { get; init; }

    [Description("A public key in OpenSSH form, installed on the first machine."), MaxLength(8192)]
    public string? SshPublicKey { get; init; }

    [Description("The customer accepts the terms of today; needed once per version of the terms.")]
    public bool AcceptTerms { get; init; }
}

/// <summary>Body of <c>POST /plan/choose</c>.</summary>
public sealed record ChoosePlanRequest
{
    [Description("Id of a plan of the catalogue."), MaxLength(64), Otherwise("plan.unknown")]
    public required string PlanId { get; init; }

    [Description("A public key in OpenSSH form, installed on the first machine."), MaxLength(8192)]
    public string? SshPublicKey { get; init; }

    [Description("The customer accepts the terms of today; needed once per version of the terms.")]
    public bool AcceptTerms { get; init; }
}

/// <summary>Body of <c>POST /plan/renew</c>.</summary>
public sealed record RenewPlanRequest
{
    [Description("The end that is meant, in Unix microseconds; refused when the plan ends at another time.")]
    public long? PeriodEnd { get; init; }
}

/// <summary>Body of <c>POST /plan/auto-renew</c>.</summary>
public sealed record SetAutoRenewRequest
{
    [Description("Renew the plan by itself in its last 24 hours.")]
    public required bool On { get; init; }
}

/// <summary>Body of <c>POST /plan/upgrade</c>.</summary>
public sealed record UpgradePlanRequest
{
    [Description("Id of the larger plan."), MaxLength(64), Otherwise("plan.unknown")]
    public required string PlanId { get; init; }

    [Description("as_of of GET /plan/current, in Unix microseconds; keeps its amounts for 15 minutes.")]
    public long? AsOf { get; init; }

    [Description("charge_micros of GET /plan/current: the charge that was agreed to, in micro-dollars.")]
    public long? ChargeMicros { get; init; }

    [Description("The customer accepts the terms of today; needed once per version of the terms.")]
    public bool AcceptTerms { get; init; }
}

/// <summary>Body of <c>POST /plan/cancel</c>.</summary>
public sealed record CancelPlanRequest
{
    [Description("The purchase that is meant; refused when the plan is another one."), MaxLength(64)]
    public string? PurchaseSid { get; init; }
}
