using HeroOnboarding.Accounts;
using HeroOnboarding.Credit;
using HeroOnboarding.Store;
using HeroOnboarding.Web.Requests;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Admin.Payments;

/// <summary>A booking that waits for its confirmation: the content of the page, and the form that books.</summary>
/// <param name="Facts">Label and value of every line, in order.</param>
/// <param name="Consequence">The consequence for the customer.</param>
/// <param name="Route">The route that books.</param>
/// <param name="Fields">Name and value of every field that is sent to it.</param>
public sealed record Booking(
    string Question,
    IReadOnlyList<(string Label, string Value)> Facts,
    string Consequence,
    string Route,
    IReadOnlyList<(string Name, string Value)> Fields,
    string Button
);

/// <summary>
/// <c>POST /admin/confirm-booking</c>: shows what an operator is about to book, with the names and amounts that follow
/// from the entered values, and changes nothing. Its form sends the same values to the route that books. Programs call
/// that route directly.
/// </summary>
public sealed class ConfirmBookingModel(Database database) : PageModel
{
    private const string Adjust = "/admin/credit-adjust",
        Resolve = "/admin/suspense-resolve";

    private const string ReasonIsShown = "The customer reads the reason on the statement.";

    public Booking Booking { get; private set; } = null!;

    /// <summary>The page on which the booking was entered.</summary>
    public string Back { get; private set; } = "/admin/users";

    /// <summary>A reloaded address has nothing to confirm.</summary>
    public IActionResult OnGet() => Redirect(Back);

    public async Task<IActionResult> OnPostAsync(CancellationToken cancel)
    {
        var request = await Request<ConfirmBookingForm>.ReadAsync(HttpContext);
        var (user, item) = (request.Body.UserSid, request.Body.SuspenseSid);
        Back =
            Names.IsSid(item) ? "/admin/suspense/" + item
            : Names.IsSid(user) ? "/admin/users/" + user
            : Back;
        await using var db = database.Read();
        var booking = request.Wrong is { } wrong ? wrong : await ReadAsync(db, request.Body, cancel);
        if (booking.IsRefused)
        {
            await request.Refused(booking.Refusal, Back).ExecuteAsync(HttpContext);
            return new EmptyResult();
        }
        Booking = booking.Value;
        return Page();
    }

    private static async Task<Outcome<Booking>> ReadAsync(
        OnboardingDb db,
        ConfirmBookingForm typed,
        CancellationToken cancel
    )
    {
        var reason = typed.Reason?.Trim();
        if (!Reason.IsGiven(reason))
            return Refusals.ReasonRequired;
        return typed.SuspenseSid is null
            ? await AdjustmentAsync(db, typed.UserSid, typed.Cents(), reason!, cancel)
            : await DecisionAsync(db, typed, reason!, cancel);
    }

    private static async Task<Outcome<Booking>> AdjustmentAsync(
        OnboardingDb db,
        string? user,
        long? cents,
        string reason,
        CancellationToken cancel
    )
    {
        if (AdjustCredit.Check(cents, reason) is { } wrong)
            return wrong;
        if (await FindAsync(db, user, cancel) is not { } account)
            return Refusals.NotFound;
        var micros = Money.FromCents(cents!.Value);
        var (size, after) = (Money.Show(Math.Abs(micros)), account.Balance + micros);
        var (credits, typed) = (micros > 0, Money.Typed(Math.Abs(micros)));
        return new Booking(
            credits ? $"Credit {size} to {account.DisplayName}?" : $"Debit {size} from {account.DisplayName}?",
            [
                .. Of(account),
                ("Amount", Money.ShowSigned(micros)),
                .. Credit(account.Balance, after),
                ("Reason", reason),
            ],
            (after < 0 ? $"The account will owe {Money.Show(-after)}. " : "") + ReasonIsShown,
            Adjust,
            [
                ("user_sid", account.Sid),
                ("direction", credits ? "credit" : "debit"),
                ("amount", typed),
                ("reason", reason),
                ("idempotency_key", Guid.NewGuid().ToString("N")),
            ],
            credits ? "Credit " + size : "Debit " + size
        );
    }

    /// <summary>A decision about a payment in suspense: refunded, or assigned to a customer.</summary>
    private static async Task<Outcome<Booking>> DecisionAsync(
        OnboardingDb db,
        ConfirmBookingForm typed,
        string reason,
        CancellationToken cancel
    )
    {
        var wanted = Names.IsSid(typed.SuspenseSid) ? typed.SuspenseSid!.ToUpperInvariant() : "";
        if (await db.Suspense.SingleOrDefaultAsync(s => s.Sid == wanted, cancel) is not { } found)
            return Refusals.NotFound;
        if (found.State != SuspenseState.Open)
            return PaymentRefusals.SuspenseResolved;
        if (typed.Action != Names.Of(SuspenseAction.Refunded))
            return await AssignmentAsync(db, typed, found, reason, cancel);
        return new Booking(
            $"Note that {SuspenseRow.Of(found).Amount} was refunded?",
            [.. Of(found), ("Reason", reason)],
            "Nobody is credited. The money must have been refunded at the provider first.",
            Resolve,
            [("suspense_sid", found.Sid), ("action", "refunded"), ("reason", reason)],
            "Note the refund"
        );
    }

    /// <summary>
    /// The amount is what was booked to suspense; where nothing was booked, what the operator entered.
    /// </summary>
    private static async Task<Outcome<Booking>> AssignmentAsync(
        OnboardingDb db,
        ConfirmBookingForm typed,
        SuspenseItem item,
        string reason,
        CancellationToken cancel
    )
    {
        var amount = item.Booked > 0 ? item.Booked : Money.ParseDollars(typed.Amount) ?? 0;
        if (AdjustCredit.Check(Money.Cents(amount), reason) is { } wrong)
            return wrong;
        if (await FindAsync(db, typed.UserSid, cancel) is not { } account)
            return Refusals.NotFound;
        IReadOnlyList<(string, string)> worth = item.Booked > 0 ? [] : [("amount", Money.Typed(amount))];
        return new Booking(
            $"Credit {Money.Show(amount)} to {account.DisplayName}?",
            [.. Of(item), .. Of(account), .. Credit(account.Balance, account.Balance + amount), ("Reason", reason)],
            ReasonIsShown + " This cannot be undone.",
            Resolve,
            [("suspense_sid", item.Sid), ("action", "assign"), ("user_sid", account.Sid), ("reason", reason), .. worth],
            $"Credit {Money.Show(amount)}"
        );
    }

    private static (string, string)[] Of(Account account) =>
        [("Customer", account.DisplayName), ("Account", account.Sid)];

    private static (string, string)[] Of(SuspenseItem item) =>
        [("Payment", $"{SuspenseRow.Of(item).Amount} from {item.Provider}"), ("Checkout", item.CheckoutId)];

    private static (string, string)[] Credit(long now, long then) =>
        [("Credit now", Money.Show(now)), ("Credit then", Money.Show(then))];

    private static async Task<Account?> FindAsync(OnboardingDb db, string? sid, CancellationToken cancel)
    {
        var wanted = Names.IsSid(sid) ? sid!.ToUpperInvariant() : "";
        return await db.Accounts.SingleOrDefaultAsync(a => a.Sid == wanted, cancel);
    }
}
