using HeroOnboarding.Store;

namespace HeroOnboarding.Admin.Verification;

/// <summary><c>/admin/kyc</c></summary>
public sealed class KycModel(Database database, TimeProvider clock) : ListPage<KycRow>(KycList.List, database, clock)
{
    public int Waiting { get; private set; }

    protected override async Task LoadAsync(OnboardingDb db, CancellationToken cancel) =>
        Waiting = await KycList.WaitingAsync(db, cancel);
}
