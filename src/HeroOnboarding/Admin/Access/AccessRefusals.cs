namespace HeroOnboarding.Admin.Access;

/// <summary>The refusals of operator access.</summary>
public static class AccessRefusals
{
    public static readonly Refusal AdminOff = new(
        "admin.off",
        503,
        "Operator access is not set up.",
        "Set HERO_ONBOARDING_ADMIN_SECRET or ADMIN_FORGE_USERS and restart."
    );
    public static readonly Refusal AdminSecretRequired = new(
        "admin.secret_required",
        401,
        "The operator secret is required.",
        "Send it in the header X-Hero-Onboarding-Admin-Secret, or sign in at /admin/login."
    );
    public static readonly Refusal AdminSecretWrong = new(
        "admin.secret_wrong",
        403,
        "The operator secret is wrong.",
        "Check the secret; repeated failures are slowed down."
    );
    public static readonly Refusal NameRequired = new(
        "name.required",
        422,
        "Your name is required.",
        "Type 2 to 60 characters, no bracket at the end; the audit shows it beside what you do."
    );
    public static readonly Refusal AdminUseForge = new(
        "admin.use_forge",
        403,
        "The operator secret opens no pages here any more.",
        "Sign in with Forge, by name. Programs still send the secret or a token in the header."
    );
    public static readonly Refusal OperatorUnknown = new(
        "operator.unknown",
        403,
        "You have no operator rights here.",
        "Ask an owner to add your numeric Forge id under Admin → Operators, or whoever runs this portal to add it to "
            + "ADMIN_FORGE_USERS."
    )
    {
        Step = new("/dashboard", "To your machines"),
    };
    public static readonly Refusal RoleRequired = new(
        "role.required",
        403,
        "Your role does not allow this.",
        "Ask an owner to do it, or to change your role under Admin → Operators. Nothing was changed."
    );
    public static readonly Refusal OperatorIncomplete = new(
        "operator.incomplete",
        422,
        "The numeric Forge id or the role is not right.",
        "Give the number, not the login, and one of viewer, operator, owner. 'hero-onboarding users resolve NAME' "
            + "finds the number."
    );
    public static readonly Refusal OperatorConfigured = new(
        "operator.configured",
        409,
        "This person's role is set by ADMIN_FORGE_USERS.",
        "Take the id out of ADMIN_FORGE_USERS and restart, then change it here."
    );
    public static readonly Refusal OperatorLastOwner = new(
        "operator.last_owner",
        409,
        "This is the last owner.",
        "Make somebody else an owner first. Nothing was changed."
    );
    public static readonly Refusal TokenIncomplete = new(
        "token.incomplete",
        422,
        "The token's name, scopes or days are not right.",
        "Give a name of small letters, digits and hyphens, at least one of pool, deployer, tick, read or a node's "
            + "usage, and 1 to 730 days."
    );
    public static readonly Refusal TokenNameTaken = new(
        "token.name_taken",
        409,
        "There was a token of this name already.",
        "Choose a name that was never used, so that the audit stays clear."
    );
    public static readonly Refusal TokenOver = new(
        "token.over",
        403,
        "This token is over.",
        "Ask an owner for a new one."
    );
}
