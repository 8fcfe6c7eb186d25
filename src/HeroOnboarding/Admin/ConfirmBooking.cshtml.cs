using HeroOnboarding.Accounts;
using HeroOnboarding.Credit;
using HeroOnboarding.Store;
using HeroOnboarding.Web;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Admin;

/// <summary>A booking that waits for its confirmation: what the page shows, and the form that books.</summary>
/// <param name="Facts">Label and value of every line, in order.</param>
/// <param name="Consequence">What follows for the customer.</param>
/// <param name="Route">The route that books.</param>
/// <param name="Fields">Name and value of every field that is sent to it.</param>
/// <param name="Back">The page on which the booking was typed.</param>
/// <param name="Nav">The entry of the bar to which that page belongs.</param>
public sealed record Booking(
    string Question, IReadOnlyList<(string Label, string Value)> Facts, string Consequence, string Route, IReadOnlyList<(string Name, string Value)> Fields, string Button, string Back, string Nav);

/// <summary>
/// <c>POST /admin/confirm-booking</c>: shows what an operator is about to book, with the names and amounts that follow from the typed values, and changes nothing. Its form
/// sends the same values to the route that books. Programs call that route directly.
/// </summary>
public sealed class ConfirmBookingPage(Database database) : PageModel
{
    public Booking Booking { get; private set; } = null!;

    /// <summary>Reloading the address has nothing to confirm.</summary>
    public IActionResult OnGet() => Redirect("/admin/users");

    public async Task<IActionResult> OnPostAsync(CancellationToken cancel)
    {
        var input = await Input.ReadAsync(HttpContext);
        var (user, item, reason) = (input.Text("user_sid", 64), input.Text("suspense_sid", 64), input.Text("reason"));
        var back = Names.IsSid(item) ? "/admin/suspense/" + item : Names.IsSid(user) ? "/admin/users/" + user : "/admin/users";
        await using var db = database.Read();
        var wrong = input.Wrong ?? (Reason.IsGiven(reason) ? null : Refusals.ReasonRequired);
        var booking = wrong is not null ? (Outcome<Booking>)wrong
            : item is null ? await AdjustmentAsync(db, user, CreditFeature.FormCents(input), reason!.Trim(), back, cancel)
            : await DecisionAsync(db, item, user, input, reason!.Trim(), back, cancel);
        if (!booking.IsRefused)
        {
            Booking = booking.Value;
            return Page();
        }
        await Answer.Refused(input, booking.Refusal, back).ExecuteAsync(HttpContext);
        return new EmptyResult();
    }

    private static async Task<Outcome<Booking>> AdjustmentAsync(OnboardingDb db, string? user, long? cents, string reason, string back, CancellationToken cancel)
    {
        if (AdjustCredit.Check(cents, reason) is { } wrong)
            return wrong;
        if (await FindAsync(db, user, cancel) is not { } account)
            return Refusals.NotFound;
        var micros = Money.FromCents(cents!.Value);
        var (size, after) = (Money.Show(Math.Abs(micros)), account.Balance + micros);
        return new Booking(
            micros > 0 ? $"Credit {size} to {account.DisplayName}?" : $"Debit {size} from {account.DisplayName}?",
            [("Customer", account.DisplayName), ("Account", account.Sid), ("Amount", Money.ShowSigned(micros)), ("Credit now", Money.Show(account.Balance)), ("Credit then", Money.Show(after)), ("Reason", reason)],
            after < 0 ? $"The account will owe {Money.Show(-after)}. The customer reads the reason on the statement." : "The customer reads the reason on the statement.",
            "/admin/credit-adjust",
            [
                ("user_sid", account.Sid), ("direction", micros > 0 ? "credit" : "debit"), ("amount", Money.Typed(Math.Abs(micros))), ("reason", reason), ("idempotency_key", Guid.NewGuid().ToString("N")),
            ],
            micros > 0 ? "Credit " + size : "Debit " + size, back, "Users");
    }

    /// <summary>A decision about a payment in suspense; the amount is what was booked there, or what the operator says that it is worth.</summary>
    private static async Task<Outcome<Booking>> DecisionAsync(OnboardingDb db, string item, string? user, Input input, string reason, string back, CancellationToken cancel)
    {
        var wanted = Names.IsSid(item) ? item.ToUpperInvariant() : "";
        if (await db.Suspense.SingleOrDefaultAsync(s => s.Sid == wanted, cancel) is not { } found)
            return Refusals.NotFound;
        if (found.State != SuspenseState.Open)
            return Refusals.SuspenseResolved;
        var payment = SuspenseRow.Of(found);
        (string, string)[] known = [("Payment", $"{payment.Amount} from {payment.Provider}"), ("Checkout", payment.CheckoutId)];
        if (input.Text("action", 32) == "refunded")
            return new Booking($"Note that {payment.Amount} was refunded?", [.. known, ("Reason", reason)], "Nobody is credited. The money must have been refunded at the provider first.",
                "/admin/suspense-resolve", [("suspense_sid", found.Sid), ("action", "refunded"), ("reason", reason)], "Note the refund", back, "Payments");
        var amount = found.Booked > 0 ? found.Booked : Money.ParseDollars(input.Text("amount", 20)) ?? 0;
        if (AdjustCredit.Check(Money.Cents(amount), reason) is { } wrong)
            return wrong;
        if (await FindAsync(db, user, cancel) is not { } account)
            return Refusals.NotFound;
        IReadOnlyList<(string, string)> worth = found.Booked > 0 ? [] : [("amount", Money.Typed(amount))];
        return new Booking(
            $"Credit {Money.Show(amount)} to {account.DisplayName}?",
            [.. known, ("Customer", account.DisplayName), ("Account", account.Sid), ("Credit now", Money.Show(account.Balance)), ("Credit then", Money.Show(account.Balance + amount)), ("Reason", reason)],
            "The customer reads the reason on the statement. This cannot be undone.", "/admin/suspense-resolve",
            [("suspense_sid", found.Sid), ("action", "assign"), ("user_sid", account.Sid), ("reason", reason), .. worth], $"Credit {Money.Show(amount)}", back, "Payments");
    }

    private static async Task<Account?> FindAsync(OnboardingDb db, string? sid, CancellationToken cancel)
    {
        var wanted = Names.IsSid(sid) ? sid!.ToUpperInvariant() : "";
        return await db.Accounts.SingleOrDefaultAsync(a => a.Sid == wanted, cancel);
    }
}
