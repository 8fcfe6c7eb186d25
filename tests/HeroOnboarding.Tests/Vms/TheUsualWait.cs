using HeroOnboarding.Tests.Support;
using HeroOnboarding.Vms;

namespace HeroOnboarding.Tests.Vms;

public sealed class TheUsualWait
{
    [Theory, BothDatabases]
    public async Task Where_no_machine_is_free_people_read_how_long_one_usually_takes(Db db)
    {
        await using var portal = await Portal.StartAsync(
            db,
            Portal.Machines(3),
            new Dictionary<string, string?> { ["HANDOUTS_PER_SLOT"] = "100" }
        );
        var asha = await portal.SignUpWithPlanAsync("asha");
        await WipeAsync(portal, asha, TimeSpan.FromMinutes(3), TimeSpan.FromMinutes(40));
        var leases = new List<Reply>();
        for (var n = 0; n < 3; n++)
            leases.Add((await asha.AllocateAsync()).Expect(201));
        foreach (var page in new[] { "/dashboard", "/plans", "/dashboard?refused=pool.empty" })
            // Two are too few.
            Assert.DoesNotContain("usually comes back", await OpenAsync(asha, page), StringComparison.Ordinal);
        await WipeAsync(portal, asha, leases[0], TimeSpan.FromSeconds(270));
        // One is free.
        Assert.DoesNotContain("usually comes back", await OpenAsync(asha, "/dashboard"), StringComparison.Ordinal);
        (await asha.AllocateAsync()).Expect(201);
        foreach (var page in new[] { "/dashboard", "/plans", "/dashboard?refused=pool.empty" })
            Assert.Contains(
                "A machine usually comes back within about 5 minutes.",
                await OpenAsync(asha, page),
                StringComparison.Ordinal
            );
    }

    [Theory, BothDatabases]
    public async Task Only_the_latest_fifty_count_and_waiting_ones_do_not(Db db)
    {
        await using var portal = await Portal.StartAsync(
            db,
            Portal.Machines(1),
            new Dictionary<string, string?> { ["HANDOUTS_PER_SLOT"] = "100" }
        );
        var asha = await portal.SignUpWithPlanAsync("asha");
        await WipeAsync(
            portal,
            asha,
            [.. Enumerable.Repeat(TimeSpan.FromHours(5), 30), .. Enumerable.Repeat(TimeSpan.FromMinutes(7), 50)]
        );
        (await asha.ReleaseAsync((await asha.AllocateAsync()).Expect(201).Text("sid"))).Expect(200);
        portal.Clock.Advance(TimeSpan.FromHours(1));
        Assert.Equal(
            TimeSpan.FromMinutes(7),
            await portal.ReadAsync(d => UsualWait.ReadAsync(d, CancellationToken.None))
        );
    }

    [Theory]
    [InlineData("", null)]
    [InlineData("60 60", null)]
    [InlineData("0 0 0", "a minute")]
    [InlineData("-5 61 900", "2 minutes")]
    [InlineData("60 60 10000", "a minute")]
    [InlineData("600 120 300 900", "8 minutes")]
    [InlineData("7140 7140 7140", "119 minutes")]
    [InlineData("7141 7141 7141", "2 hours")]
    [InlineData("400000 400000 400000", "5 days")]
    [InlineData("-6000 -6000 300 300", "3 minutes")]
    public void The_median_is_said_in_words_rounded_up(string seconds, string? said)
    {
        var wait = UsualWait.Of(
            seconds.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(s => TimeSpan.FromSeconds(int.Parse(s)))
        );
        Assert.Equal(
            said is null ? null : $"A machine usually comes back within about {said}.",
            wait is null ? null : UsualWait.Say(wait.Value)
        );
    }

    /// <summary>Takes, gives back and has a machine erased after each of these waits.</summary>
    private static async Task WipeAsync(Portal portal, Customer customer, params TimeSpan[] waits)
    {
        foreach (var wait in waits)
            await WipeAsync(portal, customer, (await customer.AllocateAsync()).Expect(201), wait);
    }

    private static async Task WipeAsync(Portal portal, Customer customer, Reply lease, TimeSpan wait)
    {
        (await customer.ReleaseAsync(lease.Text("sid"))).Expect(200);
        portal.Clock.Advance(wait);
        (
            await portal.AdminPostAsync(
                "/admin/pool-vm-ready",
                new { pool_vm_id = lease.Text("pool_vm_id"), lease_number = lease.Number("lease_number") }
            )
        ).Expect(200);
    }

    private static async Task<string> OpenAsync(Customer customer, string page) =>
        Markup.Text((await customer.Browser.OpenAsync(page)).Expect(200).Body);
}
