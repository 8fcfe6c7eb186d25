using HeroOnboarding.Credit;
using HeroOnboarding.Store;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Admin.Payments;

/// <summary><c>/admin/payments</c></summary>
public sealed class PaymentsModel(Database database, TimeProvider clock)
    : ListPage<PaymentRow>(PaymentList.List, database, clock)
{
    /// <summary>The number of payments in suspense that wait for a decision.</summary>
    public int Waiting { get; private set; }

    protected override async Task LoadAsync(OnboardingDb db, CancellationToken cancel) =>
        Waiting = await db.Suspense.CountAsync(s => s.State == SuspenseState.Open, cancel);
}
