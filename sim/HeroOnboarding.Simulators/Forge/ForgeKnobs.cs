namespace HeroOnboarding.Simulators.Forge;

/// <summary>Faults of the Forge. All are off by default; each can be switched while requests run.</summary>
public sealed class ForgeKnobs
{
    /// <summary>A login name: the authorize page signs this user in immediately, without a question.</summary>
    public string? AutoSignInAs { get; set; }

    /// <summary>Shows the authorize page also to a browser that has already agreed.</summary>
    public bool AlwaysAsk { get; set; }

    /// <summary>Every path answers 503.</summary>
    public bool Down { get; set; }

    /// <summary>Only the discovery document answers 503.</summary>
    public bool DiscoveryDown { get; set; }

    /// <summary>ID tokens have a foreign issuer.</summary>
    public bool WrongIssuer { get; set; }

    /// <summary>ID tokens have the audience of another client.</summary>
    public bool WrongAudience { get; set; }

    /// <summary>ID tokens have another nonce than the authorize request.</summary>
    public bool WrongNonce { get; set; }

    /// <summary>ID tokens are signed with a key that the key set does not list.</summary>
    public bool SignWithUnknownKey { get; set; }

    /// <summary>
    /// ID tokens name the issuer with a trailing slash, while discovery names it without; off, both are without.
    /// Forgejo versions differ in this (Forgejo documentation).
    /// </summary>
    public bool IssuerWithTrailingSlash { get; set; }

    /// <summary>
    /// The claim <c>auth_time</c> of ID tokens: when the user last signed in there; null omits it, as Forgejo does.
    /// </summary>
    public DateTimeOffset? AuthTime { get; set; }

    /// <summary>
    /// Uses a new signing key: ID tokens are signed with it and the key set lists only it, as after a rotation.
    /// </summary>
    public bool KeyRotated { get; set; }

    /// <summary>ID tokens omit login, name and e-mail address; userinfo has them.</summary>
    public bool ClaimsInUserInfoOnly { get; set; }

    /// <summary>
    /// The claim <c>email_verified</c>; null omits it. Forgejo sends it in ID tokens: true for active users.
    /// </summary>
    public bool? EmailVerified { get; set; } = true;

    /// <summary>Userinfo answers for another subject than the ID token.</summary>
    public bool WrongUserInfoSubject { get; set; }

    /// <summary>Userinfo answers 503.</summary>
    public bool UserInfoDown { get; set; }

    /// <summary>
    /// An OAuth error code, for example <c>invalid_grant</c>, with which the token endpoint answers 400.
    /// </summary>
    public string? TokenError { get; set; }

    /// <summary>Real time to wait before each answer.</summary>
    public TimeSpan Slow { get; set; }
}
