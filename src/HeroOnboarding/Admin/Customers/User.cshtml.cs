using HeroOnboarding.Accounts;
using HeroOnboarding.Admin.Access;
using HeroOnboarding.Admin.Monitoring;
using HeroOnboarding.Admin.Verification;
using HeroOnboarding.Credit;
using HeroOnboarding.Kyc;
using HeroOnboarding.Plans;
using HeroOnboarding.Store;
using HeroOnboarding.Vms;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Admin.Customers;

/// <summary><c>/admin/users/{sid}</c>: one customer. Opening it is audited.</summary>
public sealed class UserModel(Database database, TimeProvider clock) : PageModel
{
    private const int Most = 20;

    public Account Account { get; private set; } = null!;
    public IReadOnlyList<Purchase> Purchases { get; private set; } = [];
    public IReadOnlyList<VmAllocation> Allocations { get; private set; } = [];
    public IReadOnlyList<KycRow> Checks { get; private set; } = [];
    public IReadOnlyList<PaymentIntent> Payments { get; private set; } = [];
    public int LiveMachines { get; private set; }
    public PageOf<Transfer> Statement { get; private set; } = null!;
    public IReadOnlyList<AuditEntry> Audit { get; private set; } = [];
    public DateTimeOffset Now { get; } = clock.Now();

    public async Task<IActionResult> OnGetAsync(
        string sid,
        [FromQuery(Name = "statement_after")] string? statementAfter,
        CancellationToken cancel
    )
    {
        await using var db = database.Read();
        var wanted = Names.IsSid(sid) ? sid.ToUpperInvariant() : "";
        if (await db.Accounts.FirstOrDefaultAsync(a => a.Sid == wanted, cancel) is not { } account)
            return await this.RefuseAsync(Refusals.NotFound);
        var ledger = Ledger.Of(account.Sid);
        // Each side by its own index; with OR, SQLite reads the transfers of all customers.
        var statement = await Keyset.PageAsync<Transfer>(
            db,
            new(nameof(Transfer.Sid), true),
            statementAfter,
            Most,
            rows => rows.Where(t => t.Debit == ledger).Concat(rows.Where(t => t.Credit == ledger)),
            cancel
        );
        if (statement.IsRefused)
            return await this.RefuseAsync(statement.Refusal);
        await NoteAccess.OfCustomerAsync(HttpContext, account.Sid);
        (Account, Statement) = (account, statement.Value);
        Purchases = await db
            .Purchases.Where(p => p.AccountSid == account.Sid)
            .OrderByDescending(p => p.Sid)
            .Take(Most)
            .ToListAsync(cancel);
        Allocations = await db
            .VmAllocations.Where(a => a.UserSid == account.Sid)
            .OrderByDescending(a => a.Sid)
            .Take(Most)
            .ToListAsync(cancel);
        if (User.Has(OperatorRole.Operator))
            await LoadConfidentialAsync(db, account, cancel);
        LiveMachines = await db.VmAllocations.Where(a => a.UserSid == account.Sid).WhereLive().CountAsync(cancel);
        var audit = await db
            .Audit.Where(r => r.Subject == account.Sid)
            .OrderByDescending(r => r.Sid)
            .Take(Most)
            .ToListAsync(cancel);
        Audit = [.. audit.Select(AuditList.Of).Select(r => AuditList.List.Veil!(User, r))];
        return Page();
    }

    /// <summary>Money and identity, which viewers cannot read.</summary>
    private async Task LoadConfidentialAsync(OnboardingDb db, Account account, CancellationToken cancel)
    {
        Checks =
        [
            .. (
                await db
                    .KycSessions.Where(s => s.AccountSid == account.Sid)
                    .OrderByDescending(s => s.Sid)
                    .Take(Most)
                    .ToListAsync(cancel)
            ).Select(s => KycRow.Of(s, account.ForgeLogin)),
        ];
        Payments = await db
            .PaymentIntents.Where(p => p.AccountSid == account.Sid)
            .OrderByDescending(p => p.Sid)
            .Take(Most)
            .ToListAsync(cancel);
    }

    /// <summary>
    /// The change of this customer's credit by the transfer: micro-dollars, negative when it decreased.
    /// </summary>
    public long Signed(Transfer transfer) =>
        transfer.Credit == Ledger.Of(Account.Sid) ? transfer.Amount : -transfer.Amount;
}
