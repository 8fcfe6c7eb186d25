namespace HeroOnboarding.Accounts.Mycelium;

/// <summary>What a right answer to a challenge is for.</summary>
public enum ChallengePurpose
{
    /// <summary>A new session.</summary>
    SignIn,

    /// <summary>The address becomes the second identity of the account that is signed in.</summary>
    Link,

    /// <summary>Somebody who is signed in shows again that they are who they are.</summary>
    Prove,
}

/// <summary>A code that was sent to a node and waits to come back through the browser that asked.</summary>
public sealed class LoginChallenge
{
    /// <summary>How long a code lives.</summary>
    public static readonly TimeSpan Life = TimeSpan.FromMinutes(5);

    /// <summary>How often a code may be tried.</summary>
    public const int MostAttempts = 5;

    public required string Sid { get; set; }

    /// <summary>The address derived from the node's key, in canonical spelling.</summary>
    public required string Address { get; set; }

    /// <summary>SHA-256 of the code; the code itself is nowhere but in the message.</summary>
    public required string CodeHash { get; set; }

    /// <summary>SHA-256 of the cookie of the browser that asked.</summary>
    public required string BrowserHash { get; set; }

    /// <summary>
    /// SHA-256 of who asked, as <see cref="Web.Http.ClientKey"/> names clients; null in rows of an older version.
    /// </summary>
    public string? ClientHash { get; set; }

    /// <summary>
    /// SHA-256 of the browser's mark, where the address had come back right in that browser before (see <see
    /// cref="KnownBrowser"/>).
    /// </summary>
    public string? KnownHash { get; set; }
    public ChallengePurpose Purpose { get; set; }

    /// <summary>For link and prove: the session that asked.</summary>
    public string? SessionHash { get; set; }

    /// <summary>Where the browser wanted to go; a local path.</summary>
    public string? Back { get; set; }

    /// <summary>The daemon's id of the message, once the daemon has taken it.</summary>
    public string? MessageId { get; set; }
    public int Attempts { get; set; }
    public DateTimeOffset CreatedAt { get; set; }
    public DateTimeOffset ExpiresAt { get; set; }
    public DateTimeOffset? UsedAt { get; set; }

    /// <summary>Can still be answered.</summary>
    public bool IsOpen(DateTimeOffset now) =>
        UsedAt is null && Attempts < MostAttempts && !Instants.Expired(ExpiresAt, now);
}
