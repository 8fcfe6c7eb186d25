using HeroOnboarding.Configuration;

namespace HeroOnboarding.Accounts;

/// <summary>
/// The state of a customer's verification. A suspected case stays <c>in_progress</c> until an operator decides.
/// </summary>
public enum KycStatus
{
    Pending,
    InProgress,
    Completed,
    Failed,
    Expired,
}

/// <summary>A customer: one row, one or two proven identities, one stored balance.</summary>
public sealed class Account
{
    public required string Sid { get; set; }

    /// <summary>Issuer of the Forge identity (OpenID Connect <c>iss</c>, without a trailing slash).</summary>
    public string? ForgeIssuer { get; set; }

    /// <summary>Forge's numeric user id (<c>sub</c>); logins can be renamed, ids cannot.</summary>
    public string? ForgeId { get; set; }
    public string? ForgeLogin { get; set; }

    /// <summary>
    /// The address derived from the node's key (see <see cref="Mycelium.MyceliumAddress"/>), in canonical spelling.
    /// </summary>
    public string? MyceliumAddress { get; set; }

    /// <summary>
    /// When the Forge identity was added to an account that already had another; null for the identity that
    /// created the account.
    /// </summary>
    public DateTimeOffset? ForgeLinkedAt { get; set; }

    /// <inheritdoc cref="ForgeLinkedAt"/>
    public DateTimeOffset? MyceliumLinkedAt { get; set; }

    /// <summary>
    /// The e-mail address that the Forge gave at the latest sign-in with it; null while no Forge identity is linked.
    /// </summary>
    public string? Email { get; set; }

    /// <summary>
    /// True when the Forge states that it has verified <see cref="Email"/>. An unverified address gets no mail and is
    /// not passed on.
    /// </summary>
    public bool EmailVerified { get; set; }
    public string? Phone { get; set; }
    public KycStatus KycStatus { get; set; }
    public DateTimeOffset? KycVerifiedAt { get; set; }

    /// <summary>The number of uses of <c>/kyc/reset</c>; the provider's client id gets it as a suffix.</summary>
    public int KycResets { get; set; }
    public DateTimeOffset? SuspendedAt { get; set; }
    public string? SuspendedReason { get; set; }
    public string? TermsVersion { get; set; }
    public DateTimeOffset? TermsAcceptedAt { get; set; }

    /// <summary>
    /// Credit in micro-dollars: always the sum of this customer's transfers. Usage and disputes may make it negative,
    /// a purchase never.
    /// </summary>
    public long Balance { get; set; }
    public DateTimeOffset CreatedAt { get; set; }
    public DateTimeOffset LastSignInAt { get; set; }

    /// <summary>A name to show: the login, else a shortened address, else the end of the sid.</summary>
    public string DisplayName => NameOf(ForgeLogin, MyceliumAddress, Sid);

    /// <summary>"…9c1e", the last four of the address, for the header; null without one.</summary>
    public string? AddressEnd => MyceliumAddress is { Length: > 4 } address ? "…" + address[^4..] : MyceliumAddress;

    /// <inheritdoc cref="DisplayName"/>
    public static string NameOf(string? login, string? address, string sid) => login ?? address ?? "…" + sid[^6..];
}

/// <summary>The kinds of sessions.</summary>
public enum SessionKind
{
    Customer,
    Operator,
}

/// <summary>The session of a signed-in browser. The cookie holds a 256-bit id; only its SHA-256 is stored.</summary>
public sealed class Session
{
    public required string IdHash { get; set; }
    public SessionKind Kind { get; set; }
    public string? AccountSid { get; set; }

    /// <summary>For operators who signed in with the shared secret: the name that they entered.</summary>
    public string? ClaimedName { get; set; }

    /// <summary>
    /// For operators with an account: their numeric id at the Forge. The role is looked up at every request.
    /// </summary>
    public string? OperatorId { get; set; }

    /// <summary>
    /// For operators who signed in with the shared secret: <see cref="Secret.Mark"/> of <see cref="IdHash"/> under that
    /// secret. The session ends when the secret is replaced.
    /// </summary>
    public string? SecretMark { get; set; }
    public DateTimeOffset CreatedAt { get; set; }
    public DateTimeOffset LastSeenAt { get; set; }
    public DateTimeOffset ExpiresAt { get; set; }

    /// <summary>The User-Agent header of the sign-in.</summary>
    public string? Device { get; set; }

    /// <summary>One of <see cref="Ways"/>; null for sessions of an earlier release.</summary>
    public string? Way { get; set; }

    /// <summary>
    /// When the customer last proved an identity after the sign-in; null if never (see <see cref="Proof"/>).
    /// </summary>
    public DateTimeOffset? ProvenAt { get; set; }

    /// <summary>
    /// The key of a pending request to link another identity. Only this session can complete it,
    /// once, until <see cref="LinkUntil"/>.
    /// </summary>
    public string? LinkKey { get; set; }

    /// <inheritdoc cref="LinkKey"/>
    public DateTimeOffset? LinkUntil { get; set; }
}
