namespace HeroOnboarding.Simulators.Forge;

/// <summary>How the forge misbehaves. All off at the start; each can be turned while requests run.</summary>
public sealed class ForgeKnobs
{
    /// <summary>A login name: the authorize page signs this user in at once and asks nothing.</summary>
    public string? AutoSignInAs { get; set; }

    /// <summary>Show the authorize page also to a browser that has agreed before.</summary>
    public bool AlwaysAsk { get; set; }

    /// <summary>Every path answers 503.</summary>
    public bool Down { get; set; }

    /// <summary>Only the discovery document answers 503.</summary>
    public bool DiscoveryDown { get; set; }

    /// <summary>ID tokens name a foreign issuer.</summary>
    public bool WrongIssuer { get; set; }

    /// <summary>ID tokens are meant for another client.</summary>
    public bool WrongAudience { get; set; }

    /// <summary>ID tokens carry another nonce than the authorize request did.</summary>
    public bool WrongNonce { get; set; }

    /// <summary>ID tokens are signed by a key that the key set does not list.</summary>
    public bool SignWithUnknownKey { get; set; }

    /// <summary>
    /// ID tokens name the issuer with a trailing slash while discovery names it without; off, both are without.
    /// Forgejo versions differ in this (Forgejo documentation).
    /// </summary>
    public bool IssuerWithTrailingSlash { get; set; }

    /// <summary>
    /// ID tokens say when the person last signed in there (<c>auth_time</c>); null, like Forgejo: they do not.
    /// </summary>
    public DateTimeOffset? AuthTime { get; set; }

    /// <summary>
    /// A new signing key: ID tokens are signed with it and the key set lists it alone, as after a rotation.
    /// </summary>
    public bool KeyRotated { get; set; }

    /// <summary>ID tokens leave out login, name and e-mail address; userinfo has them.</summary>
    public bool ClaimsInUserInfoOnly { get; set; }

    /// <summary>
    /// Claim <c>email_verified</c>; null leaves it out. Forgejo sends it in ID tokens: true for active users.
    /// </summary>
    public bool? EmailVerified { get; set; } = true;

    /// <summary>Userinfo is about somebody else than the ID token.</summary>
    public bool WrongUserInfoSubject { get; set; }

    /// <summary>Userinfo answers 503.</summary>
    public bool UserInfoDown { get; set; }

    /// <summary>
    /// An OAuth error code, for example <c>invalid_grant</c>: the token endpoint answers 400 with it.
    /// </summary>
    public string? TokenError { get; set; }

    /// <summary>Wait this long (real time) before each answer.</summary>
    public TimeSpan Slow { get; set; }
}
