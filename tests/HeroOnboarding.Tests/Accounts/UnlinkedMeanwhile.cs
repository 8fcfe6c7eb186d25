using HeroOnboarding.Accounts;
using HeroOnboarding.Store;
using HeroOnboarding.Tests.Conventions;
using HeroOnboarding.Tests.Stores;
using HeroOnboarding.Tests.Support;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace HeroOnboarding.Tests.Accounts;

/// <summary>
/// A thief signs in with a stolen identity while its owner unlinks it. Only PostgreSQL runs both units concurrently.
/// </summary>
public sealed class UnlinkedMeanwhile
{
    [Fact]
    public async Task A_session_of_an_identity_that_is_unlinked_meanwhile_does_not_open_the_account()
    {
        await using var portal = await Portal.StartAsync(Db.Postgres);
        var asha = await portal.SignUpAsync("asha");
        var stolen = new MyceliumIdentity("400:1234::1");
        await portal.AcceptsAsync(
            "UPDATE accounts SET mycelium_address = {0}, mycelium_linked_at = created_at WHERE sid = {1}",
            stolen.Address,
            asha.Sid
        );
        var session = await portal.ReadAsync(d => d.Sessions.Select(s => s.IdHash).SingleAsync());
        portal.Clock.Advance(UnlinkIdentity.Probation + TimeSpan.FromMinutes(1));
        await portal.AcceptsAsync("UPDATE sessions SET proven_at = {0}", Instants.ToMicros(portal.Now));
        await using var store = portal.Database.OpenWrite();
        using var tap = new StatementTap(store.Database.GetDbConnection());
        var unlinked = 0;
        Task<Outcome<LinkIdentity.Linked>>? owner = null;
        tap.After = sql =>
        {
            // The thief's sign-in has just found the account.
            if (
                !sql.Contains("mycelium_address = @", StringComparison.Ordinal)
                || Interlocked.Exchange(ref unlinked, 1) == 1
            )
                return;
            // A concurrent request, which does not share the ambient unit of this one.
            using (ExecutionContext.SuppressFlow())
                owner = Task.Run(() =>
                    portal
                        .Services.GetRequiredService<UnlinkIdentity>()
                        .RunAsync(Actor.System("test"), asha.Sid, session, Ways.Mycelium)
                );
            owner.Wait();
        };
        var answer = await portal.Services.GetRequiredService<SignIn>().RunAsync(stolen, "thief");
        Assert.False((await owner!).IsRefused);
        Assert.NotEqual(asha.Sid, answer.AccountSid);
        Assert.True(answer.IsNew);
        Assert.Equal(
            [session],
            await portal.ReadAsync(d =>
                d.Sessions.Where(s => s.AccountSid == asha.Sid).Select(s => s.IdHash).ToListAsync()
            )
        );
    }
}
