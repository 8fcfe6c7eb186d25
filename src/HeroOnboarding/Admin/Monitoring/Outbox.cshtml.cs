using HeroOnboarding.Store;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Admin.Monitoring;

/// <summary><c>/admin/outbox</c></summary>
public sealed class OutboxModel(Database database, TimeProvider clock)
    : ListPage<OutboxEntry>(OutboxList.List, database, clock)
{
    public int Waiting { get; private set; }
    public int Stuck { get; private set; }

    protected override async Task LoadAsync(OnboardingDb db, CancellationToken cancel)
    {
        Waiting = await db.Outbox.CountAsync(r => r.DoneAt == null && !r.Stuck, cancel);
        Stuck = await db.Outbox.CountAsync(r => r.DoneAt == null && r.Stuck, cancel);
    }
}
