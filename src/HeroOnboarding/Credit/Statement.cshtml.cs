using HeroOnboarding.Accounts;
using HeroOnboarding.Store;
using HeroOnboarding.Web;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Credit;

/// <summary>The balance and the statement.</summary>
public sealed class StatementModel(
    Database database,
    ReadStatement statement,
    ReadPayments payments,
    TopUpOptions topUps,
    KeptInputs kept
) : PageModel
{
    [BindProperty(SupportsGet = true)]
    public string? After { get; set; }

    public Account Account { get; private set; } = null!;
    public PageOf<StatementLine> Lines { get; private set; } = null!;

    public IReadOnlyList<PaymentView> Payments { get; private set; } = [];

    /// <summary>Dollars that were entered before a sign-in; null for none.</summary>
    public string? Kept { get; private set; }

    /// <summary>
    /// The initial value of the form in dollars: what was entered before a sign-in, otherwise 10, within the limits.
    /// </summary>
    public string Suggested =>
        Kept
        ?? Money
            .Show(Money.FromCents(Math.Clamp(1000, topUps.MinCents, topUps.MaxCents)))
            .TrimStart('$')
            .Replace(",", "", StringComparison.Ordinal);

    public async Task OnGetAsync(CancellationToken cancel)
    {
        var sid = User.AccountSid();
        Kept = kept.Take(HttpContext, "/payment/intent").GetValueOrDefault("amount");
        await using var db = database.Read();
        Account = await db.Accounts.SingleAsync(a => a.Sid == sid, cancel);
        Lines = await statement.RunAsync(sid, After, cancel: cancel);
        Payments = await payments.RecentAsync(sid, cancel);
    }
}
