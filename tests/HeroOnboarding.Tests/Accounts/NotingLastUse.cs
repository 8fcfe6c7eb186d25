using HeroOnboarding.Accounts;
using HeroOnboarding.Admin.Access;
using HeroOnboarding.Tests.Stores;
using HeroOnboarding.Tests.Support;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace HeroOnboarding.Tests.Accounts;

/// <summary>A read never waits for the write of the time of last use.</summary>
public sealed class NotingLastUse
{
    [Theory, BothDatabases]
    public async Task Pages_and_lists_are_read_while_nothing_can_be_written(Db db)
    {
        await using var portal = await StartAsync(db);
        var asha = await portal.SignUpAsync("asha");
        var wanted = new
        {
            name = "reader",
            scopes = "read",
            days = 9,
        };
        var made = await portal.AdminPostAsync("/admin/token-create", wanted);
        var token = made.Expect(201).Text("token");
        var begin = portal.Now;
        portal.Clock.Advance(TimeSpan.FromMinutes(6));
        var busy = await Busy.StartAsync(portal);
        try
        {
            (await asha.Browser.SendAsync(HttpMethod.Get, "/account").WaitAsync(Hanging.Limit)).Expect(200);
            // A list of customers' data would wait for its access row.
            var list = portal.AdminAsync(HttpMethod.Get, "/admin/list-pool", secret: token);
            (await list.WaitAsync(Hanging.Limit)).Expect(200);
            Assert.Equal((begin, null), await LastAsync(portal));
        }
        finally
        {
            busy.End();
        }
        await busy.AllEndedAsync();
        await LastUseOf(portal).FlushAsync();
        Assert.Equal((portal.Now, portal.Now), await LastAsync(portal));
    }

    [Fact]
    public async Task The_time_that_is_written_is_that_of_the_request()
    {
        await using var portal = await StartAsync(Db.Sqlite);
        var asha = await portal.SignUpAsync("asha");
        portal.Clock.Advance(TimeSpan.FromMinutes(6));
        var asked = portal.Now;
        await ReadAsync(asha);
        portal.Clock.Advance(TimeSpan.FromMinutes(3));
        await LastUseOf(portal).FlushAsync();
        Assert.Equal(asked, (await LastAsync(portal)).Session);
    }

    [Fact]
    public async Task Many_requests_of_one_session_are_one_note()
    {
        await using var portal = await StartAsync(Db.Sqlite);
        var (asha, juma) = (await portal.SignUpAsync("asha"), await portal.SignUpAsync("juma"));
        portal.Clock.Advance(TimeSpan.FromMinutes(6));
        for (var n = 0; n < 5; n++)
            await ReadAsync(asha);
        Assert.Equal(1, LastUseOf(portal).WaitingNow);
        await ReadAsync(juma);
        Assert.Equal(2, LastUseOf(portal).WaitingNow);
    }

    [Fact]
    public async Task What_does_not_fit_is_dropped_and_comes_again_with_the_next_request()
    {
        await using var portal = await StartAsync(Db.Sqlite);
        var asha = await portal.SignUpAsync("asha");
        var begin = portal.Now;
        portal.Clock.Advance(TimeSpan.FromMinutes(6));
        for (var n = 0; n <= LastUse.Capacity; n++)
            LastUseOf(portal).Note("session.touch", $"test.{n}", null, portal.Now, (_, _) => Task.CompletedTask);
        Assert.Equal(LastUse.Capacity, LastUseOf(portal).WaitingNow);
        await ReadAsync(asha);
        Assert.Equal(LastUse.Capacity, LastUseOf(portal).WaitingNow);
        await LastUseOf(portal).FlushAsync();
        Assert.Equal(begin, (await LastAsync(portal)).Session);
        await ReadAsync(asha);
        await LastUseOf(portal).FlushAsync();
        Assert.Equal(portal.Now, (await LastAsync(portal)).Session);
    }

    [Fact]
    public async Task A_note_that_fails_is_logged_and_the_next_one_is_written()
    {
        await using var portal = await StartAsync(Db.Sqlite);
        var asha = await portal.SignUpAsync("asha");
        portal.Clock.Advance(TimeSpan.FromMinutes(6));
        LastUseOf(portal).Note("token.touch", "test", null, portal.Now, (_, _) => throw new InvalidTimeZoneException());
        await ReadAsync(asha);
        await LastUseOf(portal).FlushAsync();
        var says = "was not written (token.touch)";
        var line = Assert.Single(portal.Log.Lines, l => l.Contains(says, StringComparison.Ordinal));
        Assert.Contains(nameof(InvalidTimeZoneException), line, StringComparison.Ordinal);
        Assert.Equal(portal.Now, (await LastAsync(portal)).Session);
    }

    [Fact]
    public async Task A_portal_that_serves_writes_its_notes()
    {
        await using var portal = await Portal.StartAsync(Db.Sqlite, background: true);
        var asha = await portal.SignUpAsync("asha");
        var written = new TaskCompletionSource();
        portal.Crash.Hook = (point, act) =>
        {
            if (point == "after commit" && act == "session.touch")
                written.TrySetResult();
        };
        portal.Clock.Advance(TimeSpan.FromMinutes(6));
        await ReadAsync(asha);
        await written.Task.WaitAsync(Hanging.Limit);
        Assert.Equal(portal.Now, (await LastAsync(portal)).Session);
    }

    private static async Task<Portal> StartAsync(Db db)
    {
        var portal = await Portal.StartAsync(db);
        portal.WritesLastUse = false;
        return portal;
    }

    private static LastUse LastUseOf(Portal portal) => portal.Services.GetRequiredService<LastUse>();

    private static async Task ReadAsync(Customer customer) =>
        (await customer.Browser.SendAsync(HttpMethod.Get, "/account")).Expect(200);

    private static Task<(DateTimeOffset Session, DateTimeOffset? Token)> LastAsync(Portal portal) =>
        portal.ReadAsync(async d =>
            (
                await d.Sessions.Select(s => s.LastSeenAt).FirstAsync(),
                await d.MachineTokens.Select(t => t.LastUsedAt).SingleOrDefaultAsync()
            )
        );
}
