using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using HeroOnboarding.Web.Requests;

namespace HeroOnboarding.Admin.Access;

/// <summary>Body of <c>POST /admin/operator-set</c>.</summary>
public sealed record SetOperatorRequest
{
    [Description("Numeric id of the person at the Forge."), MaxLength(64), Otherwise("operator.incomplete")]
    public required string ForgeId { get; init; }

    [Otherwise("operator.incomplete")]
    public required OperatorRole Role { get; init; }

    [Description("Name of the person at the Forge, to show."), MaxLength(200)]
    public string? Login { get; init; }
}

/// <summary>Body of <c>POST /admin/operator-remove</c>.</summary>
public sealed record RemoveOperatorRequest
{
    [Description("Numeric id of the person at the Forge."), MaxLength(64), Otherwise("not_found")]
    public required string ForgeId { get; init; }
}

/// <summary>Body of <c>POST /admin/token-create</c>.</summary>
public sealed record CreateTokenRequest
{
    [Description("Small letters, digits and - _ .; unique."), MaxLength(64), Otherwise("token.incomplete")]
    public required string Name { get; init; }

    [Description("Scopes, separated by spaces."), MaxLength(4000), Otherwise("token.incomplete")]
    public required string Scopes { get; init; }

    [Description("The node, for scopes of one node."), MaxLength(64)]
    public string? NodeId { get; init; }

    [Description("Days until it expires; 90 when absent."), Range(1, CreateToken.MostDays)]
    [Otherwise("token.incomplete")]
    public int? Days { get; init; }
}

/// <summary>Body of <c>POST /admin/token-revoke</c>.</summary>
public sealed record RevokeTokenRequest
{
    [Description("The token's sid, as the list gives it."), MaxLength(64), Otherwise("not_found")]
    public required string TokenSid { get; init; }
}

/// <summary>Form of <c>POST /admin/login</c>: sign-in with the operator secret.</summary>
public sealed record OperatorSignInRequest
{
    [MaxLength(1024)]
    public string? Secret { get; init; }

    /// <summary>The name that the operator entered; the audit shows it.</summary>
    public string? Name { get; init; }

    [MaxLength(2048)]
    public string? ReturnUrl { get; init; }
}
