using System.Reflection;

namespace HeroOnboarding.Web;

/// <summary>An expected "no": a stable code for programs, a sentence for people, and what to do next.</summary>
/// <param name="Title">What happened, as a sentence.</param>
/// <param name="Next">What to do next, as a sentence.</param>
public sealed record Refusal(string Code, int Status, string Title, string Next)
{
    /// <summary>What exactly was wrong with this request, where the catalogue's sentence is not enough.</summary>
    public string? Detail
    {
        get => detail ?? Figures?.Text(Code);
        init => detail = value;
    }

    /// <summary>
    /// The typed values of the detail, where it has any: only these go with a refused form back to its page.
    /// </summary>
    public RefusalFigures? Figures { get; init; }

    private readonly string? detail;

    /// <summary>When it makes sense to try again; answered as Retry-After.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>Every single thing that is wrong, for bodies with many entries.</summary>
    public IReadOnlyList<string>? Errors { get; init; }
}

/// <summary>The catalogue of every "no" this service says. <c>docs/refusals.md</c> is generated from it.</summary>
public static class Refusals
{
    // Who you are
    public static readonly Refusal SessionRequired = new(
        "session.required",
        401,
        "You are not signed in.",
        "Sign in and try again."
    );
    public static readonly Refusal AccountSuspended = new(
        "account.suspended",
        403,
        "Your account is suspended.",
        "Contact support; your machines and credit are kept."
    );
    public static readonly Refusal KycRequired = new(
        "kyc.required",
        403,
        "Your identity is not verified yet.",
        "Verify your identity first; it usually takes minutes."
    );
    public static readonly Refusal ForgeOff = new(
        "forge.off",
        503,
        "Sign-in with Forge is not set up here.",
        "Use another way to sign in, or ask the operator."
    );
    public static readonly Refusal ForgeUnreachable = new(
        "forge.unreachable",
        503,
        "Forge does not answer.",
        "Nothing was changed. Try again in a minute."
    )
    {
        RetryAfter = TimeSpan.FromSeconds(30),
    };
    public static readonly Refusal ForgeDenied = new(
        "forge.denied",
        403,
        "Forge did not let you sign in here.",
        "Try again and allow the sign-in."
    );
    public static readonly Refusal SignInFailed = new(
        "signin.failed",
        400,
        "The sign-in could not be completed.",
        "Start again from the sign-in page in this browser."
    );
    public static readonly Refusal MyceliumOff = new(
        "mycelium.off",
        503,
        "Sign-in with a Mycelium address is not set up here.",
        "Use another way to sign in, or ask the operator."
    );
    public static readonly Refusal MyceliumUnreachable = new(
        "mycelium.unreachable",
        503,
        "Our Mycelium node does not answer.",
        "Nothing was changed. Try again in a minute, or use another way to sign in."
    )
    {
        RetryAfter = TimeSpan.FromSeconds(30),
    };
    public static readonly Refusal MyceliumAddressInvalid = new(
        "mycelium.address",
        422,
        "This is not an address of the Mycelium network.",
        "Copy it from your node ('mycelium inspect' shows it); it begins with 4 or 5, such as 548:c783:…."
    );
    public static readonly Refusal MyceliumUnknown = new(
        "mycelium.unknown",
        404,
        "Our node knows no node with this address.",
        "Check the address and that your node is running and has peers; then try again."
    );
    public static readonly Refusal MyceliumPoolMachine = new(
        "mycelium.pool_machine",
        422,
        "This address belongs to a machine that is handed out here.",
        "Such machines change hands. Use the address of a node of your own."
    );
    public static readonly Refusal ChallengeFailed = new(
        "challenge.failed",
        401,
        "This code does not open anything.",
        "It may be mistyped, used, too old, or of another browser. Check it, or ask for a new one."
    );
    public static readonly Refusal ProofRequired = new(
        "proof.required",
        403,
        "Show first that it is you.",
        "Sign in once more with an identity of this account; then go on here."
    );
    public static readonly Refusal ProofNotFresh = new(
        "proof.not_fresh",
        403,
        "Forge sent you back without asking who you are.",
        "Sign out of Forge and try again, use your Mycelium address, or sign out here and in again."
    );
    public static readonly Refusal ProofOfAnother = new(
        "proof.another",
        403,
        "That is not the identity of this account.",
        "Sign in there as the person this account belongs to, and try again."
    );
    public static readonly Refusal IdentityTaken = new(
        "identity.taken",
        409,
        "This identity opens another account here.",
        "Sign in with it, and unlink it there first; or use that account. Nothing was changed."
    );
    public static readonly Refusal IdentityLinked = new(
        "identity.linked",
        409,
        "This account has an identity of that kind already.",
        "Unlink it first. Nothing was changed."
    );
    public static readonly Refusal IdentityLast = new(
        "identity.last",
        409,
        "This is the only identity of your account.",
        "Link the other one first, or you could not come back. Nothing was changed."
    );
    public static readonly Refusal IdentityNotLinked = new(
        "identity.not_linked",
        409,
        "This account has no identity of that kind.",
        "Reload the account page. Nothing was changed."
    );
    public static readonly Refusal IdentityTooNew = new(
        "identity.too_new",
        409,
        "Your other identity is too new.",
        "An identity can remove an older one 72 hours after it was linked. Nothing was changed."
    );

    // Money and plans
    public static readonly Refusal PlanUnknown = new(
        "plan.unknown",
        404,
        "There is no such plan.",
        "Choose one from the plans page."
    );
    public static readonly Refusal PlanAlreadyActive = new(
        "plan.already_active",
        409,
        "You already have an active plan.",
        "Use its machines, or wait until it ends."
    );
    public static readonly Refusal CreditInsufficient = new(
        "credit.insufficient",
        402,
        "Your credit is not enough.",
        "Add credit, then buy again. Nothing was charged."
    );
    public static readonly Refusal CreditOwed = new(
        "credit.owed",
        402,
        "Your account owes credit.",
        "Add credit to settle it first. Nothing was charged."
    );
    public static readonly Refusal AmountInvalid = new(
        "amount.invalid",
        422,
        "The amount is not valid.",
        "Give whole cents other than zero, at most 1,000,000 dollars."
    );
    public static readonly Refusal ReasonRequired = new(
        "reason.required",
        422,
        "A reason is required.",
        "Say in 3 to 500 characters why; it is kept in the audit and shown on the statement."
    );
    public static readonly Refusal PlanRequired = new(
        "plan.required",
        409,
        "You have no active plan.",
        "Buy a plan first."
    );
    public static readonly Refusal QuotaExhausted = new(
        "quota.exhausted",
        409,
        "All machines of your plan are in use.",
        "Give one back, then get another."
    );

    public static readonly Refusal PlanChanged = new(
        "plan.changed",
        409,
        "The plan has changed since you chose it.",
        "Look at its price and choose it again. Nothing was charged."
    );

    public static readonly Refusal PlanRenewed = new(
        "plan.renewed",
        409,
        "Your plan was renewed already.",
        "Look at its new end. Nothing was charged."
    );
    public static readonly Refusal PlanStarted = new(
        "plan.started",
        409,
        "A machine was started under this plan.",
        "It cannot be cancelled any more; it ends by itself."
    );
    public static readonly Refusal PlanNotLarger = new(
        "plan.not_larger",
        409,
        "That plan is not larger than yours.",
        "Choose one with more machines. Nothing was charged."
    );

    public static readonly Refusal TermsRequired = new(
        "terms.required",
        409,
        "The terms were not accepted yet.",
        "Read the terms and accept them with the purchase. Nothing was charged."
    );

    // Verification
    public static readonly Refusal KycOff = new(
        "kyc.off",
        503,
        "Identity checks are not set up here.",
        "The operator verifies people by hand; contact support and name your account."
    );
    public static readonly Refusal KycUnavailable = new(
        "kyc.unavailable",
        503,
        "The identity check cannot be started right now.",
        "Nothing is lost. Try again in a minute; the same check goes on."
    )
    {
        RetryAfter = TimeSpan.FromSeconds(30),
    };
    public static readonly Refusal KycDone = new(
        "kyc.done",
        409,
        "Your identity is verified already.",
        "Nothing is left to do here; choose a plan."
    );
    public static readonly Refusal KycUnderReview = new(
        "kyc.under_review",
        409,
        "Your identity is being checked by a person.",
        "Wait for the result: usually minutes, up to a day."
    );
    public static readonly Refusal KycNothingToReset = new(
        "kyc.nothing_to_reset",
        409,
        "There is no ended check to start over.",
        "Start a check, or go on with the one that is open."
    );
    public static readonly Refusal KycDecided = new(
        "kyc.decided",
        409,
        "This check does not wait for a decision.",
        "Reload the list; somebody may have decided already."
    );
    public static readonly Refusal WebhookSignature = new(
        "webhook.signature",
        400,
        "The signature of this message is missing or wrong.",
        "Sign the raw body with the key that is set up here. Nothing was changed."
    );
    public static readonly Refusal WebhookTooEarly = new(
        "webhook.too_early",
        503,
        "This is about something that is only just starting here.",
        "Send it again in a moment."
    )
    {
        RetryAfter = TimeSpan.FromSeconds(2),
    };

    // Payments
    public static readonly Refusal PaymentsOff = new(
        "payments.off",
        503,
        "Paying is not set up here.",
        "Ask the operator to add credit."
    );
    public static readonly Refusal PaymentUnavailable = new(
        "payment.unavailable",
        503,
        "The payment provider does not answer.",
        "Nothing was taken. Try again in a moment; it continues the same payment."
    )
    {
        RetryAfter = TimeSpan.FromSeconds(30),
    };
    public static readonly Refusal TopUpAmount = new(
        "topup.amount",
        422,
        "This amount cannot be added at once.",
        "Choose an amount within the limits."
    );
    public static readonly Refusal PaymentTooManyOpen = new(
        "payment.too_many_open",
        409,
        "Too many of your payments are open.",
        "Continue or cancel one of them first."
    );
    public static readonly Refusal PaymentNotOpen = new(
        "payment.not_open",
        409,
        "This payment is not open any more.",
        "Look at its state under Credit; nothing was changed."
    );
    public static readonly Refusal SuspenseResolved = new(
        "suspense.resolved",
        409,
        "This payment was decided already.",
        "Reload the queue; nothing was changed."
    );

    // Machines
    public static readonly Refusal AllocateTooOften = new(
        "allocate.too_often",
        429,
        "You have started machines very often today.",
        "Wait until the time shown; machines you hold keep running."
    );
    public static readonly Refusal ProvisionerUnavailable = new(
        "provisioner.unavailable",
        503,
        "Machines cannot be handed out right now: no pool is set up.",
        "Nothing was charged and your slot is untouched. Ask the operator."
    )
    {
        RetryAfter = TimeSpan.FromMinutes(5),
    };
    public static readonly Refusal PoolEmpty = new(
        "pool.empty",
        503,
        "No machine is free right now.",
        "Nothing was charged and your slot is untouched. Try again in a few minutes."
    )
    {
        RetryAfter = TimeSpan.FromSeconds(60),
    };
    public static readonly Refusal MachineOver = new(
        "machine.over",
        409,
        "You do not hold this machine any more.",
        "Look at your dashboard; nothing was changed."
    );
    public static readonly Refusal ReplaceTooOften = new(
        "replace.too_often",
        429,
        "You have had machines replaced very often lately.",
        "Contact support and say what is wrong; machines you hold keep running."
    );
    public static readonly Refusal SshKeyInvalid = new(
        "ssh_key.invalid",
        422,
        "The SSH public key is not valid.",
        "Paste one line such as 'ssh-ed25519 AAAA… name'."
    );
    public static readonly Refusal NotFound = new(
        "not_found",
        404,
        "There is no such thing here.",
        "Check the address or go back to the dashboard."
    );

    // Pool
    public static readonly Refusal PoolInvalid = new(
        "pool.invalid",
        422,
        "The pool was refused; nothing was changed.",
        "Mend every entry named in 'errors' and send the whole pool again."
    );
    public static readonly Refusal PoolVmUnknown = new(
        "pool_vm.unknown",
        404,
        "There is no such pool machine.",
        "Check the id in Admin → Pool."
    );
    public static readonly Refusal PoolVmHeld = new(
        "pool_vm.held",
        409,
        "A customer holds this machine.",
        "It can be returned to the pool only after it was given back."
    );
    public static readonly Refusal PoolVmStaleLease = new(
        "pool_vm.stale_lease",
        409,
        "This speaks of an older lease of the machine.",
        "Nothing was changed. Wipe the machine again and report its current lease number."
    );
    public static readonly Refusal PoolVmUnproven = new(
        "pool_vm.unproven",
        409,
        "This machine has not answered two probes in a row.",
        "Wait for the next probes, or let the deployer say that it works again."
    );

    // Operators
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
    );
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
    public static readonly Refusal TokenScope = new(
        "token.scope",
        403,
        "This token may not do this.",
        "Where 'detail' names a scope, ask an owner for a token with it; otherwise send the operator secret."
    );
    public static readonly Refusal JobUnknown = new(
        "job.unknown",
        404,
        "There is no such job.",
        "The jobs page lists them."
    );
    public static readonly Refusal JobRunning = new(
        "job.running",
        409,
        "This job is running already.",
        "Wait until it has finished."
    );
    public static readonly Refusal ClockNotInDoubt = new(
        "clock.not_in_doubt",
        409,
        "The clock is not in doubt.",
        "No job waits for it; nothing was changed."
    );
    public static readonly Refusal AutoReleaseBraked = new(
        "auto_release.braked",
        409,
        "Auto-release has stopped itself.",
        "Look at the reason; if it is right, go on with force. Nothing was released."
    );
    public static readonly Refusal OutboxUnknown = new(
        "outbox.unknown",
        404,
        "There is no such outbox entry waiting.",
        "Reload the outbox page; it may have been delivered."
    );

    // Any request
    public static readonly Refusal BodyMalformed = new(
        "body.malformed",
        400,
        "The request body cannot be read.",
        "Send well-formed JSON or form fields, each member once."
    );
    public static readonly Refusal BodyInvalid = new(
        "body.invalid",
        422,
        "The request body has a wrong value.",
        "Mend what 'detail' names and send it again."
    );
    public static readonly Refusal QueryInvalid = new(
        "query.invalid",
        422,
        "The list cannot be shown like this.",
        "Mend what 'detail' names, or start again from the first page of the list."
    );
    public static readonly Refusal BodyTooLarge = new(
        "body.too_large",
        413,
        "The request body is too large.",
        "Send less; the limit is in 'detail'."
    );
    public static readonly Refusal MediaType = new(
        "body.media_type",
        415,
        "This content type is not accepted here.",
        "Send application/json."
    );
    public static readonly Refusal OriginRequired = new(
        "origin.foreign",
        403,
        "This request did not come from this site.",
        "Open the page here and try again."
    );
    public static readonly Refusal AntiforgeryRequired = new(
        "form.expired",
        400,
        "This form is too old or did not come from this site.",
        "Go back, reload the page and send it again. Nothing was changed."
    );
    public static readonly Refusal IdempotencyKeyInvalid = new(
        "idempotency.key_invalid",
        400,
        "The idempotency key is not valid.",
        "Send 1 to 255 printable characters."
    );
    public static readonly Refusal IdempotencyKeyReused = new(
        "idempotency.key_reused",
        422,
        "This idempotency key was used for another request.",
        "Use a new key for a new request. Nothing was changed."
    );
    public static readonly Refusal RateLimited = new(
        "rate.limited",
        429,
        "Too many requests.",
        "Wait a moment and try again."
    );
    public static readonly Refusal StoreBusy = new(
        "store.busy",
        503,
        "Too much is happening right now.",
        "Nothing was answered; try again in a moment."
    )
    {
        RetryAfter = TimeSpan.FromSeconds(2),
    };
    public static readonly Refusal StoreUnreachable = new(
        "store.unreachable",
        503,
        "Our database does not answer right now.",
        "Your machines keep running. Reload in a minute to see whether the change was made, then try again."
    )
    {
        RetryAfter = TimeSpan.FromSeconds(10),
    };
    public static readonly Refusal StoreNotWritable = new(
        "store.not_writable",
        503,
        "Changes cannot be saved right now.",
        "Your machines keep running and pages can be read. Try again in a few minutes."
    )
    {
        RetryAfter = TimeSpan.FromSeconds(30),
    };

    /// <summary>All of them, in the order above.</summary>
    public static IReadOnlyList<Refusal> All { get; } =
    [
        .. typeof(Refusals)
            .GetFields(BindingFlags.Public | BindingFlags.Static)
            .Where(f => f.FieldType == typeof(Refusal))
            .Select(f => (Refusal)f.GetValue(null)!),
    ];

    /// <summary>
    /// The refusal with which a form came back to this page, with the typed values of its detail; null when none did.
    /// </summary>
    public static Refusal? Returned(HttpRequest request) =>
        Find(request.Query["refused"]) is { } refusal
            ? refusal with
            {
                Figures = RefusalFigures.Read(request.Query),
            }
            : null;

    /// <summary>The refusal with this code, or null: unknown codes print nothing.</summary>
    public static Refusal? Find(string? code) => All.FirstOrDefault(r => r.Code == code);
}
