using System.Text;
using System.Text.Json;

namespace HeroOnboarding.Tests.Simulators;

/// <summary>Sending, reading and following messages, with the API's surprises.</summary>
public sealed class MyceliumSimulatorMessages
{
    [Fact]
    public async Task A_message_is_followed_until_it_is_read()
    {
        await using var mycelium = await Mycelium.StartAsync();
        var id = await mycelium.PushAsync(mycelium.Asha.InSubnet(7), "hero/login/v1", "ünï code");
        Assert.Equal("received", await mycelium.StateAsync(id));
        var waiting = Assert.Single(mycelium.Asha.Inbox);
        Assert.Equal(("hero/login/v1", "ünï code", mycelium.Portal), (waiting.Topic, waiting.Text, waiting.From));
        var query = "/messages?topic=" + Uri.EscapeDataString(Mycelium.Base64("hero/login/v1"));
        Assert.Equal(200, (await mycelium.GetAsync(mycelium.Asha, query + "&peek=true")).Status);
        Assert.Equal("received", await mycelium.StateAsync(id));
        var (status, read) = await mycelium.GetAsync(mycelium.Asha, query);
        Assert.Equal((200, id), (status, read.GetProperty("id").GetString()));
        Assert.Equal(
            (mycelium.Portal.IpAddress, mycelium.Portal.PublicKey),
            (read.GetProperty("srcIp").GetString(), read.GetProperty("srcPk").GetString())
        );
        Assert.Equal(
            (mycelium.Asha.InSubnet(7), mycelium.Asha.PublicKey),
            (read.GetProperty("dstIp").GetString(), read.GetProperty("dstPk").GetString())
        );
        Assert.Equal(
            (Mycelium.Base64("hero/login/v1"), Mycelium.Base64("ünï code")),
            (read.GetProperty("topic").GetString(), read.GetProperty("payload").GetString())
        );
        Assert.Equal("read", await mycelium.StateAsync(id));
        Assert.Equal(204, (await mycelium.GetAsync(mycelium.Asha, "/messages")).Status);
        Assert.Empty(mycelium.Asha.Inbox);
        Assert.Single(mycelium.Asha.Received);
    }

    [Fact]
    public async Task A_topic_must_be_the_same_to_the_letter_and_without_one_anybody_s_message_comes()
    {
        await using var mycelium = await Mycelium.StartAsync();
        await mycelium.PushAsync(mycelium.Asha.IpAddress, topic: null, "none");
        await mycelium.PushAsync(mycelium.Asha.IpAddress, "hero/login/v1", "login");
        Assert.Equal(
            204,
            (
                await mycelium.GetAsync(
                    mycelium.Asha,
                    "/messages?topic=" + Uri.EscapeDataString(Mycelium.Base64("hero"))
                )
            ).Status
        );
        Assert.Null(mycelium.Asha.Pop("hero/login"));
        var (_, first) = await mycelium.GetAsync(mycelium.Asha, "/messages");
        Assert.Equal(
            (Mycelium.Base64("none"), false),
            (first.GetProperty("payload").GetString(), first.TryGetProperty("topic", out _))
        );
        Assert.Equal("login", mycelium.Asha.Pop("hero/login/v1")!.Text);
    }

    [Fact]
    public async Task A_key_can_be_the_destination()
    {
        await using var mycelium = await Mycelium.StartAsync();
        var (status, _) = await mycelium.PostAsync(
            mycelium.Portal,
            "/messages",
            new { dst = new { pk = mycelium.Asha.PublicKey }, payload = Mycelium.Base64("x") }
        );
        Assert.Equal((201, mycelium.Asha.IpAddress), (status, Assert.Single(mycelium.Asha.Inbox).To));
    }

    [Fact]
    public async Task Nobody_at_the_address_is_accepted_too_and_given_up_after_five_minutes()
    {
        await using var mycelium = await Mycelium.StartAsync();
        var start = mycelium.Clock.GetUtcNow();
        var lost = await mycelium.PushAsync("5da:83c1:819a:5372::1");
        mycelium.Clock.Advance(TimeSpan.FromSeconds(299));
        Assert.Equal("pending", await mycelium.StateAsync(lost));
        mycelium.Clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal("aborted", await mycelium.StateAsync(lost));
        var (_, json) = await mycelium.GetAsync(mycelium.Portal, "/messages/status/" + lost);
        Assert.Equal(
            ("5da:83c1:819a:5372::1", 5),
            (json.GetProperty("dst").GetString(), json.GetProperty("msgLen").GetInt32())
        );
        Assert.Equal(
            (start.ToUnixTimeSeconds(), start.ToUnixTimeSeconds() + 300),
            (json.GetProperty("created").GetInt64(), json.GetProperty("deadline").GetInt64())
        );
        Assert.Equal(404, (await mycelium.GetAsync(mycelium.Portal, "/messages/status/0123456789abcdef")).Status);
        Assert.Equal(404, (await mycelium.GetAsync(mycelium.Asha, "/messages/status/" + lost)).Status);
        Assert.Equal(400, (await mycelium.GetAsync(mycelium.Portal, "/messages/status/first")).Status);
    }

    [Theory]
    [InlineData("""{"dst":{"ip":"5da::1"},"payload":"eA=="}""", 201)]
    [InlineData("""{"dst":{"ip":"5da::1"},"topic":null,"payload":""}""", 201)]
    [InlineData("""{"dst":{"ip":"5da::1"},"payload":"eA"}""", 422)]
    [InlineData("""{"dst":{"ip":"5da::1"},"payload":"_-8="}""", 422)]
    [InlineData("""{"dst":{"ip":"5da::1"},"topic":"eA","payload":"eA=="}""", 422)]
    [InlineData("""{"dst":{"ip":"5da::1"},"topic":7,"payload":"eA=="}""", 422)]
    [InlineData("""{"dst":{"ip":"asha"},"payload":"eA=="}""", 422)]
    [InlineData("""{"dst":{"pk":"abcd"},"payload":"eA=="}""", 422)]
    [InlineData("""{"dst":{},"payload":"eA=="}""", 422)]
    [InlineData("""{"payload":"eA=="}""", 422)]
    [InlineData("""[]""", 422)]
    [InlineData("""{"dst":""", 400)]
    public async Task What_is_pushed_is_read_strictly(string body, int status)
    {
        await using var mycelium = await Mycelium.StartAsync();
        Assert.Equal(
            status,
            (
                await mycelium.PostAsync(
                    mycelium.Portal,
                    "/messages",
                    new StringContent(body, Encoding.UTF8, "application/json")
                )
            ).Status
        );
        Assert.Equal(status == 201 ? 1 : 0, mycelium.Net.Messages.Count);
    }

    [Fact]
    public async Task Limits_and_queries_are_checked()
    {
        await using var mycelium = await Mycelium.StartAsync();
        await mycelium.PushAsync(mycelium.Asha.IpAddress, new string('t', 255));
        Assert.Equal(
            400,
            (
                await mycelium.PostAsync(
                    mycelium.Portal,
                    "/messages",
                    new
                    {
                        dst = new { ip = mycelium.Asha.IpAddress },
                        topic = Mycelium.Base64(new string('t', 256)),
                        payload = "",
                    }
                )
            ).Status
        );
        Assert.Equal(415, (await mycelium.PostAsync(mycelium.Portal, "/messages", new StringContent("{}"))).Status);
        foreach (var query in new[] { "topic=eA", "timeout=-1", "timeout=soon", "peek=maybe" })
            Assert.Equal(400, (await mycelium.GetAsync(mycelium.Asha, "/messages?" + query)).Status);
        Assert.Single(mycelium.Asha.Inbox);
    }

    [Fact]
    public async Task A_long_poll_makes_every_other_call_of_its_node_wait()
    {
        await using var mycelium = await Mycelium.StartAsync();
        var poll = mycelium.GetAsync(mycelium.Asha, "/messages?timeout=60");
        while (mycelium.Asha.IsFree)
            await Task.Yield();
        var behind = mycelium.GetAsync(mycelium.Asha, "/admin");
        // Another node has its own lock.
        Assert.Equal(200, (await mycelium.GetAsync(mycelium.Portal, "/admin")).Status);
        Assert.False(poll.IsCompleted || behind.IsCompleted);
        await mycelium.PushAsync(mycelium.Asha.IpAddress);
        Assert.Equal((200, 200), ((await poll).Status, (await behind).Status));

        poll = mycelium.GetAsync(mycelium.Asha, "/messages?timeout=60");
        while (mycelium.Asha.IsFree)
            await Task.Yield();
        while (!poll.IsCompleted)
        {
            mycelium.Clock.Advance(TimeSpan.FromSeconds(60));
            await Task.Yield();
        }
        Assert.Equal(204, (await poll).Status);
    }

    [Fact]
    public async Task A_poll_that_is_given_up_frees_the_node()
    {
        await using var mycelium = await Mycelium.StartAsync();
        using var patience = new CancellationTokenSource();
        var poll = mycelium.GetAsync(mycelium.Asha, "/messages?timeout=60", patience.Token);
        while (mycelium.Asha.IsFree)
            await Task.Yield();
        await patience.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => poll);
        Assert.Equal(200, (await mycelium.GetAsync(mycelium.Asha, "/admin")).Status);
    }

    [Fact]
    public async Task A_reply_has_the_id_no_topic_and_passes_what_the_receiver_lists()
    {
        await using var mycelium = await Mycelium.StartAsync();
        mycelium.Portal.Topics.AcceptsUnlisted = false;
        var id = await mycelium.PushAsync(mycelium.Asha.IpAddress, "hero/login/v1");
        Assert.Equal(
            204,
            await mycelium.StatusAsync(
                mycelium.Asha,
                HttpMethod.Post,
                "/messages/reply/" + id,
                new
                {
                    dst = new { ip = mycelium.Portal.IpAddress },
                    topic = Mycelium.Base64("hero/login/v1"),
                    payload = Mycelium.Base64("yes"),
                }
            )
        );
        Assert.Equal(
            204,
            (
                await mycelium.GetAsync(
                    mycelium.Portal,
                    "/messages?topic=" + Uri.EscapeDataString(Mycelium.Base64("hero/login/v1"))
                )
            ).Status
        );
        var (_, reply) = await mycelium.GetAsync(mycelium.Portal, "/messages");
        Assert.Equal(
            (id, Mycelium.Base64("yes"), false),
            (
                reply.GetProperty("id").GetString(),
                reply.GetProperty("payload").GetString(),
                reply.TryGetProperty("topic", out _)
            )
        );
        mycelium.Asha.Reply(mycelium.Asha.Pop()!, "again");
        Assert.True(Assert.Single(mycelium.Portal.Inbox) is { IsReply: true, Text: "again" });
        Assert.Equal(
            400,
            await mycelium.StatusAsync(
                mycelium.Asha,
                HttpMethod.Post,
                "/messages/reply/first",
                new { dst = new { ip = mycelium.Portal.IpAddress }, payload = "" }
            )
        );
    }

    [Fact]
    public async Task Somebody_can_wait_for_the_reply_which_holds_nobody_up()
    {
        await using var mycelium = await Mycelium.StartAsync();
        var answered = AskAsync();
        mycelium.Asha.Reply(mycelium.Asha.Pop()!, "here I am");
        var (status, reply) = await answered;
        Assert.Equal((200, Mycelium.Base64("here I am")), (status, reply.GetProperty("payload").GetString()));
        Assert.Empty(mycelium.Portal.Inbox);

        var unanswered = AskAsync();
        while (!unanswered.IsCompleted)
        {
            mycelium.Clock.Advance(TimeSpan.FromSeconds(10));
            await Task.Yield();
        }
        var (late, left) = await unanswered;
        Assert.Equal((408, "received"), (late, await mycelium.StateAsync(left.GetProperty("id").GetString()!)));
        mycelium.Asha.Reply(mycelium.Asha.Pop()!, "too late");
        Assert.Equal("too late", Assert.Single(mycelium.Portal.Inbox).Text);

        Task<(int Status, JsonElement Json)> AskAsync()
        {
            var asked = mycelium.PostAsync(
                mycelium.Portal,
                "/messages?reply_timeout=10",
                new { dst = new { ip = mycelium.Asha.IpAddress }, payload = Mycelium.Base64("who?") }
            );
            while (mycelium.Asha.Inbox.Count == 0)
                Thread.Yield();
            while (!mycelium.Portal.IsFree)
                Thread.Yield();
            return asked;
        }
    }
}
