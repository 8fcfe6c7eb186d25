using HeroOnboarding.Simulators.Mycelium;

namespace HeroOnboarding.Tests.Simulators;

/// <summary>Topics that are not taken, and nodes that misbehave.</summary>
public sealed class MyceliumSimulatorTrouble
{
    [Fact]
    public async Task A_topic_or_source_that_is_not_taken_is_dropped_without_a_word()
    {
        await using var mycelium = await Mycelium.StartAsync();
        mycelium.Asha.Topics.AcceptsUnlisted = false;
        Assert.Equal(
            "received",
            await mycelium.StateAsync(await mycelium.PushAsync(mycelium.Asha.IpAddress, "hero/login/v1"))
        );
        Assert.Empty(mycelium.Asha.Received);
        mycelium.Asha.Topics.Allow("hero/login/v1", mycelium.Net.Node("juma").Subnet);
        await mycelium.PushAsync(mycelium.Asha.IpAddress, "hero/login/v1");
        Assert.Empty(mycelium.Asha.Received);
        mycelium.Net.Node("juma").Send(mycelium.Asha.IpAddress, "hero/login/v1", "mine");
        Assert.Equal("mine", Assert.Single(mycelium.Asha.Inbox).Text);
        mycelium.Asha.Topics.Allow("open");
        await mycelium.PushAsync(mycelium.Asha.IpAddress, "open");
        Assert.Equal(2, mycelium.Asha.Inbox.Count);
    }

    [Fact]
    public async Task Topics_are_listed_by_the_API()
    {
        await using var mycelium = await Mycelium.StartAsync();
        var asha = mycelium.Asha;
        Assert.True(
            (await mycelium.GetAsync(asha, "/messages/topics/default")).Json.GetProperty("accept").GetBoolean()
        );
        Assert.Equal(
            204,
            await mycelium.StatusAsync(asha, HttpMethod.Put, "/messages/topics/default", new { accept = false })
        );
        Assert.False(asha.Topics.AcceptsUnlisted);
        Assert.Equal(
            422,
            await mycelium.StatusAsync(asha, HttpMethod.Put, "/messages/topics/default", new { accept = "no" })
        );
        await AddTopicAsync(mycelium);
        Assert.Equal(422, await mycelium.StatusAsync(asha, HttpMethod.Post, "/messages/topics", new[] { 256 }));
        Assert.Equal(
            ["//7/"],
            (await mycelium.GetAsync(asha, "/messages/topics")).Json.EnumerateArray().Select(t => t.GetString())
        );
    }

    [Fact]
    public async Task Sources_of_a_topic_are_listed_by_the_API()
    {
        await using var mycelium = await Mycelium.StartAsync();
        var asha = mycelium.Asha;
        var path = await AddTopicAsync(mycelium);
        Assert.Equal(
            201,
            await mycelium.StatusAsync(
                asha,
                HttpMethod.Post,
                path + "/sources",
                new { subnet = mycelium.Portal.Subnet }
            )
        );
        Assert.Equal(
            400,
            await mycelium.StatusAsync(asha, HttpMethod.Post, path + "/sources", new { subnet = "asha" })
        );
        Assert.Equal(
            [mycelium.Portal.Subnet],
            (await mycelium.GetAsync(asha, path + "/sources")).Json.EnumerateArray().Select(s => s.GetString())
        );
        Assert.Equal(404, (await mycelium.GetAsync(asha, "/messages/topics/eA%3D%3D/sources")).Status);
        Assert.Equal(
            204,
            await mycelium.StatusAsync(
                asha,
                HttpMethod.Delete,
                path + "/sources/" + Uri.EscapeDataString(mycelium.Portal.Subnet)
            )
        );
        Assert.Empty((await mycelium.GetAsync(asha, path + "/sources")).Json.EnumerateArray());
    }

    [Fact]
    public async Task A_topic_is_forwarded_and_removed_by_the_API()
    {
        await using var mycelium = await Mycelium.StartAsync();
        var asha = mycelium.Asha;
        var path = await AddTopicAsync(mycelium);
        Assert.Equal(
            204,
            await mycelium.StatusAsync(asha, HttpMethod.Put, path + "/forward", new { socketPath = "/run/x.sock" })
        );
        Assert.Equal("/run/x.sock", (await mycelium.GetAsync(asha, path + "/forward")).Json.GetString());
        Assert.Equal(204, await mycelium.StatusAsync(asha, HttpMethod.Delete, path + "/forward"));
        Assert.Equal(204, await mycelium.StatusAsync(asha, HttpMethod.Delete, path));
        Assert.Equal(400, await mycelium.StatusAsync(asha, HttpMethod.Delete, "/messages/topics/eA"));
        Assert.Empty(asha.Topics.Listed);
    }

    [Fact]
    public async Task A_node_that_is_down_is_found_by_nobody_and_gets_its_messages_when_it_is_back()
    {
        await using var mycelium = await Mycelium.StartAsync();
        mycelium.Asha.Knobs.Down = true;
        await Assert.ThrowsAnyAsync<HttpRequestException>(() => mycelium.GetAsync(mycelium.Asha, "/admin"));
        Assert.Equal(new MyceliumCall("GET", "/api/v1/admin", 0), Assert.Single(mycelium.Asha.Calls));
        Assert.Equal(404, (await mycelium.GetAsync(mycelium.Portal, "/pubkey/" + mycelium.Asha.IpAddress)).Status);
        var (first, second) = (
            await mycelium.PushAsync(mycelium.Asha.IpAddress),
            await mycelium.PushAsync(mycelium.Net.Node("neema").InSubnet(9))
        );
        Assert.Equal(("pending", "received"), (await mycelium.StateAsync(first), await mycelium.StateAsync(second)));
        mycelium.Asha.Knobs.Down = false;
        Assert.Equal("received", await mycelium.StateAsync(first));
        mycelium.Net.Knobs.Down = true;
        await Assert.ThrowsAnyAsync<HttpRequestException>(() => mycelium.GetAsync(mycelium.Portal, "/admin"));
        var late = mycelium.Portal.Send(mycelium.Asha.IpAddress, "t", "late");
        mycelium.Clock.Advance(TimeSpan.FromMinutes(5));
        mycelium.Net.Knobs.Down = false;
        Assert.Equal(("aborted", 1), (late.State, mycelium.Asha.Received.Count));
    }

    [Fact]
    public async Task Messages_are_lost_late_or_out_of_order()
    {
        await using var mycelium = await Mycelium.StartAsync();
        mycelium.Asha.Knobs.Loss = true;
        var lost = await mycelium.PushAsync(mycelium.Asha.IpAddress);
        mycelium.Asha.Knobs.Loss = false;
        mycelium.Net.Knobs.Delay = TimeSpan.FromSeconds(30);
        var late = await mycelium.PushAsync(mycelium.Asha.IpAddress, text: "late");
        mycelium.Net.Knobs.Delay = TimeSpan.Zero;
        mycelium.Portal.Knobs.Hold = true;
        var (one, two) = (
            mycelium.Portal.Send(mycelium.Asha.IpAddress, "t", "one"),
            mycelium.Portal.Send(mycelium.Asha.IpAddress, "t", "two")
        );
        Assert.Equal(
            ["sending", "sending", "sending", "sending"],
            [
                await mycelium.StateAsync(lost),
                await mycelium.StateAsync(late),
                one.State,
                await mycelium.StateAsync(two.Id),
            ]
        );
        Assert.Empty(mycelium.Asha.Inbox);
        mycelium.Net.Release(two);
        mycelium.Net.Release();
        Assert.Equal(["two", "one"], mycelium.Asha.Inbox.Select(m => m.Text));
        mycelium.Clock.Advance(TimeSpan.FromSeconds(30));
        Assert.Equal(["two", "one", "late"], mycelium.Asha.Inbox.Select(m => m.Text));
        mycelium.Clock.Advance(TimeSpan.FromMinutes(5));
        mycelium.Net.Release();
        Assert.Equal(("aborted", 3), (await mycelium.StateAsync(lost), mycelium.Asha.Inbox.Count));
    }

    [Fact]
    public async Task A_node_can_answer_nonsense_a_wrong_key_or_late()
    {
        await using var mycelium = await Mycelium.StartAsync();
        var path = "/pubkey/" + mycelium.Asha.IpAddress;
        mycelium.Portal.Knobs.Broken = true;
        Assert.Equal(500, (await mycelium.GetAsync(mycelium.Portal, path)).Status);
        mycelium.Portal.Knobs.Broken = false;
        mycelium.Net.Knobs.Garbage = true;
        Assert.Equal((200, default), await mycelium.GetAsync(mycelium.Portal, path));
        mycelium.Net.Knobs.Garbage = false;
        mycelium.Portal.Knobs.ForeignKeys = true;
        var foreign = (await mycelium.GetAsync(mycelium.Portal, path)).Json.GetProperty("publicKey").GetString()!;
        Assert.NotEqual(mycelium.Asha.IpAddress, MyceliumAddress.Of(Convert.FromHexString(foreign)).ToString());
        mycelium.Portal.Knobs.ForeignKeys = false;
        mycelium.Portal.Knobs.Slow = TimeSpan.FromHours(1);
        using var patience = new CancellationTokenSource();
        var late = mycelium.GetAsync(mycelium.Portal, path, patience.Token);
        await patience.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => late);
        mycelium.Portal.Knobs.Slow = TimeSpan.FromMilliseconds(1);
        Assert.Equal(
            mycelium.Asha.PublicKey,
            (await mycelium.GetAsync(mycelium.Portal, path)).Json.GetProperty("publicKey").GetString()
        );
    }

    /// <summary>Adds a topic whose base64 form, <c>//7/</c>, has to be escaped in a path.</summary>
    /// <returns>The path of the topic.</returns>
    private static async Task<string> AddTopicAsync(Mycelium mycelium)
    {
        int[] topic = [0xFF, 0xFE, 0xFF];
        Assert.Equal(201, await mycelium.StatusAsync(mycelium.Asha, HttpMethod.Post, "/messages/topics", topic));
        return "/messages/topics/" + Uri.EscapeDataString("//7/");
    }
}
