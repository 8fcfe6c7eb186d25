using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using HeroOnboarding.Web.Requests;

namespace HeroOnboarding.Accounts;

/// <summary>Body of an operator's decision about a customer: <c>POST /admin/kyc-verify</c> and its siblings.</summary>
public sealed record ReviewAccountRequest
{
    [Description("The customer."), MaxLength(64), Otherwise("not_found")]
    public required string UserSid { get; init; }

    [Description("Why; the audit keeps it."), MinLength(3), MaxLength(500), Otherwise("reason.required")]
    public required string Reason { get; init; }
}

/// <summary>Body of <c>POST /account/link-mycelium</c>.</summary>
public sealed record LinkMyceliumRequest
{
    [Description("A Mycelium address (IPv6), or the public key of its node."), MaxLength(100)]
    [Otherwise("mycelium.address")]
    public required string Address { get; init; }
}

/// <summary>Body of <c>POST /account/prove-mycelium</c> and of <c>POST /account/prove-forge</c>.</summary>
public sealed record ProveRequest
{
    [Description("Where to go after the proof: a local path."), MaxLength(2048)]
    public string? ReturnUrl { get; init; }
}

/// <summary>Body of <c>POST /account/link</c>.</summary>
public sealed record ConfirmLinkRequest
{
    [Description("What was proven, sealed; the page before it gives it.")]
    [MaxLength(ProvenIdentities<LinkIdentity.Offer>.Longest), Otherwise("signin.failed")]
    public required string Offer { get; init; }
}

/// <summary>Body of <c>POST /account/end-session</c>.</summary>
public sealed record EndSessionRequest
{
    [Description("Id of the session, as the list on /account gives it."), MaxLength(64), Otherwise("not_found")]
    public required string Session { get; init; }
}

/// <summary>Form of <c>POST /login/switch</c>.</summary>
public sealed record SwitchAccountRequest
{
    [MaxLength(ProvenIdentities<SwitchAccount.Offer>.Longest), Otherwise("signin.failed")]
    public required string Offer { get; init; }
}
