using HeroOnboarding.Configuration;

namespace HeroOnboarding.Accounts;

/// <summary>What we know of a person's verification. Suspected ones stay in progress.</summary>
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
    /// When the Forge identity was added to an account that had another; null for the one that opened it.
    /// </summary>
    public DateTimeOffset? ForgeLinkedAt { get; set; }

    /// <inheritdoc cref="ForgeLinkedAt"/>
    public DateTimeOffset? MyceliumLinkedAt { get; set; }

    /// <summary>What the Forge gave at the newest sign-in with it; null while no Forge identity is linked.</summary>
    public string? Email { get; set; }

    /// <summary>
    /// The Forge said that it has verified <see cref="Email"/>. Nothing is sent, or given to others, otherwise.
    /// </summary>
    public bool EmailVerified { get; set; }
    public string? Phone { get; set; }
    public KycStatus KycStatus { get; set; }
    public DateTimeOffset? KycVerifiedAt { get; set; }

    /// <summary>How often <c>/kyc/reset</c> was used; the provider's client id gets it as a suffix.</summary>
    public int KycResets { get; set; }
    public DateTimeOffset? SuspendedAt { get; set; }
    public string? SuspendedReason { get; set; }
    public string? TermsVersion { get; set; }
    public DateTimeOffset? TermsAcceptedAt { get; set; }

    /// <summary>
    /// Credit in micro-dollars. Always the sum of this customer's transfers; may be negative through usage or disputes,
    /// never through a purchase.
    /// </summary>
    public long Balance { get; set; }
    public DateTimeOffset CreatedAt { get; set; }
    public DateTimeOffset LastSignInAt { get; set; }

    /// <summary>A name to show: login, else a shortened address, else the end of the sid.</summary>
    public string DisplayName => NameOf(ForgeLogin, MyceliumAddress, Sid);

    /// <summary>"…9c1e", the last four of the address, for the header; null without one.</summary>
    public string? AddressEnd => MyceliumAddress is { Length: > 4 } address ? "…" + address[^4..] : MyceliumAddress;

    /// <inheritdoc cref="DisplayName"/>
    public static string NameOf(string? login, string? address, string sid) => login ?? address ?? "…" + sid[^6..];
}

/// <summary>Whose session a row is.</summary>
public enum SessionKind
{
    Customer,
    Operator,
}

/// <summary>A signed-in browser. The cookie holds a 256-bit id; only its SHA-256 is stored.</summary>
public sealed class Session
{
    public required string IdHash { get; set; }
    public SessionKind Kind { get; set; }
    public string? AccountSid { get; set; }

    /// <summary>For operators by shared secret: the name they claimed.</summary>
    public string? ClaimedName { get; set; }

    /// <summary>For operators by name: their numeric id at the Forge. The role is looked up at every request.</summary>
    public string? OperatorId { get; set; }

    /// <summary>
    /// For operators by shared secret: <see cref="Secret.Mark"/> of <see cref="IdHash"/> under the secret that opened
    /// the session. The session ends with that secret.
    /// </summary>
    public string? SecretMark { get; set; }
    public DateTimeOffset CreatedAt { get; set; }
    public DateTimeOffset LastSeenAt { get; set; }
    public DateTimeOffset ExpiresAt { get; set; }

    /// <summary>The User-Agent header of the sign-in.</summary>
    public string? Device { get; set; }

    /// <summary>One of <see cref="Ways"/>; null for sessions from before it was kept.</summary>
    public string? Way { get; set; }

    /// <summary>When its person last showed who they are, after the sign-in.</summary>
    public DateTimeOffset? ProvenAt { get; set; }

    /// <summary>A wish to link another identity, which only this session can fulfil, once, until then.</summary>
    public string? LinkKey { get; set; }

    /// <inheritdoc cref="LinkKey"/>
    public DateTimeOffset? LinkUntil { get; set; }
}
