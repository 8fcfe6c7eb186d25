using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using HeroOnboarding.Web.Requests;

namespace HeroOnboarding.Accounts.Mycelium;

/// <summary>Body of <c>POST /login/challenge</c>.</summary>
public sealed record StartChallengeRequest
{
    [Description("A Mycelium address (IPv6), or the public key of its node."), MaxLength(100)]
    [Otherwise("mycelium.address")]
    public required string Address { get; init; }

    [Description("Where to go after the sign-in: a local path."), MaxLength(2048)]
    public string? ReturnUrl { get; init; }
}

/// <summary>Body of <c>POST /login/verify</c>.</summary>
public sealed record AnswerChallengeRequest
{
    [Description("challenge_token of the answer to /login/challenge."), MaxLength(64), Otherwise("challenge.failed")]
    public required string ChallengeToken { get; init; }

    [Description("The code that the node received."), MaxLength(4096), Otherwise("challenge.failed")]
    public required string Nonce { get; init; }
}
