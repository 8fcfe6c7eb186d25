using System.Net;

namespace HeroOnboarding.Tests.Simulators;

/// <summary>The pages by HTTP, as somebody without a terminal would use them.</summary>
public sealed class MyceliumSimulatorPages
{
    [Fact]
    public async Task Everybody_s_address_and_command_are_on_the_first_page()
    {
        await using var mycelium = await Mycelium.StartAsync();
        var page = WebUtility.HtmlDecode(await mycelium.PageAsync("/"));
        foreach (var name in new[] { "asha", "juma", "zawadi" })
        {
            var node = mycelium.Net.Node(name);
            Assert.Contains($"<code>{node.IpAddress}</code>", page, StringComparison.Ordinal);
            Assert.Contains(
                $"curl -s '{node.Address}api/v1/messages?timeout=10&topic=aGVyby9sb2dpbi92MQ%3D%3D' | jq -r .payload "
                    + "| base64 -d",
                page,
                StringComparison.Ordinal
            );
        }
    }

    [Fact]
    public async Task A_message_is_shown_when_somebody_reads_it_and_is_read_then()
    {
        await using var mycelium = await Mycelium.StartAsync();
        Assert.Contains("No message has arrived", await mycelium.PageAsync("/nodes/asha"), StringComparison.Ordinal);
        var id = await mycelium.PushAsync(mycelium.Asha.IpAddress, "hero/login/v1", "the code is <b>1234</b>");
        var page = await mycelium.PageAsync("/nodes/asha");
        Assert.Contains("Read the message", page, StringComparison.Ordinal);
        Assert.DoesNotContain("1234", page, StringComparison.Ordinal);
        Assert.Equal("received", await mycelium.StateAsync(id));
        using var answer = await mycelium.PostFormAsync("/nodes/asha", new() { ["id"] = id });
        Assert.Equal(
            (HttpStatusCode.SeeOther, "/nodes/asha"),
            (answer.StatusCode, answer.Headers.Location!.OriginalString)
        );
        Assert.Equal("read", await mycelium.StateAsync(id));
        Assert.Contains(
            "the code is &lt;b&gt;1234&lt;/b&gt;",
            await mycelium.PageAsync("/nodes/asha"),
            StringComparison.Ordinal
        );
        Assert.Equal(204, (await mycelium.GetAsync(mycelium.Asha, "/messages")).Status);
        await mycelium.PageAsync("/nodes/nobody", HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task The_pages_work_while_a_poll_waits_and_while_the_API_is_in_trouble()
    {
        await using var mycelium = await Mycelium.StartAsync();
        var poll = mycelium.GetAsync(mycelium.Portal, "/messages?timeout=60");
        while (mycelium.Portal.IsFree)
            await Task.Yield();
        await mycelium.PageAsync("/nodes/portal");
        mycelium.Net.Knobs.Down = true;
        await mycelium.PageAsync("/");
        await mycelium.Net.DisposeAsync(); // Whoever still waits gets no answer, and nobody is waited for.
        await Assert.ThrowsAnyAsync<HttpRequestException>(() => poll);
    }
}
