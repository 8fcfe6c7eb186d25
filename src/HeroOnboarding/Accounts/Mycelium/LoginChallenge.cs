namespace HeroOnboarding.Accounts.Mycelium;

/// <summary>The purpose of a challenge.</summary>
public enum ChallengePurpose
{
    /// <summary>A new session.</summary>
    SignIn,

    /// <summary>The address becomes the second identity of the signed-in account.</summary>
    Link,

    /// <summary>A signed-in customer proves an identity again.</summary>
    Prove,
}

/// <summary>A code that was sent to a node and must be entered in the browser that requested it.</summary>
public sealed class LoginChallenge
{
    /// <summary>How long a code is valid.</summary>
    public static readonly TimeSpan Life = TimeSpan.FromMinutes(5);

    /// <summary>The number of attempts per code.</summary>
    public const int MostAttempts = 5;

    public required string Sid { get; set; }

    /// <summary>The address derived from the node's key, in canonical spelling.</summary>
    public required string Address { get; set; }

    /// <summary>SHA-256 of the code; the code itself exists in the message only.</summary>
    public required string CodeHash { get; set; }

    /// <summary>SHA-256 of the cookie of the browser that requested the code.</summary>
    public required string BrowserHash { get; set; }

    /// <summary>
    /// SHA-256 of <see cref="Web.Http.ClientKey"/> of the request; null in rows of an earlier release.
    /// </summary>
    public string? ClientHash { get; set; }

    /// <summary>
    /// SHA-256 of the browser's id, if that browser has proven the address before (see <see cref="KnownBrowser"/>).
    /// </summary>
    public string? KnownHash { get; set; }
    public ChallengePurpose Purpose { get; set; }

    /// <summary>For link and prove: the session that requested the code.</summary>
    public string? SessionHash { get; set; }

    /// <summary>The page to return to; a local path.</summary>
    public string? Back { get; set; }

    /// <summary>The daemon's id of the message; null until the daemon has taken it.</summary>
    public string? MessageId { get; set; }
    public int Attempts { get; set; }
    public DateTimeOffset CreatedAt { get; set; }
    public DateTimeOffset ExpiresAt { get; set; }
    public DateTimeOffset? UsedAt { get; set; }

    /// <summary>True while the code can still be entered.</summary>
    public bool IsOpen(DateTimeOffset now) =>
        UsedAt is null && Attempts < MostAttempts && !Instants.Expired(ExpiresAt, now);
}
