using HeroOnboarding.Tests.Stores;
using HeroOnboarding.Tests.Support;
using HeroOnboarding.Tests.Vms;
using HeroOnboarding.Vms;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Tests.Web;

/// <summary>
/// More requests than can be served. <c>./bench overload</c> measures the speed; these tests check only that each
/// answer is right.
/// </summary>
public sealed class Overload
{
    private const int Room = 8;

    [Theory, BothDatabases]
    public async Task Of_four_times_too_many_those_inside_are_served_and_the_others_told_at_once_when_to_come_back(
        Db db
    )
    {
        await using var portal = await Portal.StartAsync(db, Portal.Machines(Room * 4));
        var customers = await Task.WhenAll(
            Enumerable.Range(0, Room).Select(n => portal.SignUpWithPlanAsync("customer" + n))
        );
        portal.Database.Commits.MostWaiting = Room;
        var busy = await Busy.StartAsync(portal);
        var asked = Enumerable.Range(0, Room * 4).Select(n => customers[n % Room].AllocateAsync($"key-{n}")).ToList();
        var told = new List<Reply>();
        await foreach (var reply in Task.WhenEach(asked).WithCancellation(TestContext.Current.CancellationToken))
        {
            told.Add((await reply.WaitAsync(Hanging.Limit)).ExpectRefusal(Refusals.StoreBusy));
            Assert.True(told[^1].Response.Headers.RetryAfter?.Delta > TimeSpan.Zero);
            if (told.Count == Room * 3)
                break;
        }
        Assert.Equal(Room, portal.Database.Commits.WaitingNow);
        // Reads are served while writes wait.
        (await customers[0].Browser.OpenAsync("/dashboard").WaitAsync(Hanging.Limit)).Expect(200);
        (await portal.Browser().OpenAsync("/health/live")).Expect(200);
        busy.End();
        var replies = await Task.WhenAll(asked).WaitAsync(Hanging.Limit);
        await busy.AllEndedAsync();
        Assert.Equal(Room, replies.Count(r => (int)r.Status == 201));
        Assert.Equal(
            (Room, 0),
            (await portal.ReadAsync(d => d.VmAllocations.CountAsync()), portal.Database.Commits.WaitingNow)
        );
        // The callers repeat their requests with the same keys, and each request is carried out once.
        Assert.All(
            await Task.WhenAll(
                Enumerable.Range(0, Room * 4).Chunk(Room).Select(async chunk => await AskAgainAsync(chunk, customers))
            ),
            r => Assert.All(r, x => x.Expect(201))
        );
        Assert.Equal(Room * 4, await portal.ReadAsync(d => d.VmAllocations.CountAsync()));
        await Invariants.HoldAsync(portal);
    }

    /// <summary>One after the other, until there is room.</summary>
    private static async Task<IReadOnlyList<Reply>> AskAgainAsync(int[] numbers, Customer[] customers)
    {
        var replies = new List<Reply>();
        foreach (var n in numbers)
            replies.Add(await customers[n % Room].AllocateAsync($"key-{n}").WaitAsync(Hanging.Limit));
        return replies;
    }
}
