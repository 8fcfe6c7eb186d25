using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using HeroOnboarding.Accounts.Mycelium;
using HeroOnboarding.Simulators.Mycelium;
using HeroOnboarding.Tests.Support;
using Microsoft.Extensions.Time.Testing;

namespace HeroOnboarding.Tests.Simulators;

/// <summary>The simulated daemon behaves as the real one was read to behave (threefoldtech/mycelium, v0.7.10), its traps included.</summary>
public sealed class MyceliumOverlay
{
    /// <summary>Vectors checked by two independent implementations of BLAKE3; the examples in Mycelium's own documents are from before it and are wrong.</summary>
    [Theory]
    [InlineData("a47c1d6f2a15b2c670d3a88fbe0aeb301ced12f7bcb4c8e3aa877b20f8559c02", "548:c783:d7ce:74a3:9ba1:a0cb:ae21:338d")]
    [InlineData("955bf6bea5e1150fd8e270c12e5b2fc08f08f7c5f3799d10550096cc137d671b", "514:74ce:dd13:296f:ada7:4d2e:9335:acac")]
    [InlineData("bb39b4a3a4efd70f3e05e37887677e02efbda14681d0acd3882bc0f754792c32", "57f:ad8b:cfa2:e46a:adb7:fe0d:4878:1f71")]
    [InlineData("0000000000000000000000000000000000000000000000000000000000000000", "5da:83c1:819a:5372:dae1:238f:c1de:d123")]
    [InlineData("8f40c5adb68f25624ae5b214ea767a6ec94d829d3d7b5e1ad1ba6f3e2138285f", "430:9364:d8d8:84a9:dd60:de78:c767:d361")]
    public void An_address_is_derived_from_the_key(string key, string address)
    {
        Assert.Equal(IPAddress.Parse(address), MyceliumAddress.Of(Convert.FromHexString(key)));
        Assert.Equal(IPAddress.Parse(address), MyceliumNode.AddressOf(Convert.FromHexString(key)));
    }

    [Fact]
    public void Addresses_of_the_overlay_are_told_from_others()
    {
        foreach (var good in new[] { "400::1", "5ff:ffff::1", "0548:C783::1", "[548::1]", " 548::1 ", "548::1.2.3.4" })
            Assert.NotNull(MyceliumAddress.Read(good));
        foreach (var bad in new[] { null, "", "3ff::1", "600::1", "::1", "127.0.0.1", "::ffff:10.0.0.1", "548::1%eth0", "548::/64", "548::1::2", "548:::1", new string('5', 200) })
            Assert.Null(MyceliumAddress.Read(bad));
        Assert.True(MyceliumAddress.IsSameNode(IPAddress.Parse("548:1:2:3::1"), IPAddress.Parse("548:1:2:3:ffff::")));
        Assert.False(MyceliumAddress.IsSameNode(IPAddress.Parse("548:1:2:3::1"), IPAddress.Parse("548:1:2:4::1")));
    }

    [Fact]
    public async Task The_API_answers_as_the_real_one_does()
    {
        await using var net = await MyceliumSimulator.StartAsync();
        using var http = new HttpClient();
        var (portal, asha) = (new Uri(net.Portal.Address, "api/v1/"), net.Node("asha"));
        var admin = await http.GetFromJsonAsync<JsonElement>(new Uri(portal, "admin"));
        Assert.Equal(net.Portal.PublicKey, admin.GetProperty("nodePubkey").GetString());
        foreach (var ip in new[] { asha.IpAddress, asha.Other(1) })
            Assert.Equal(asha.PublicKey, (await http.GetFromJsonAsync<JsonElement>(new Uri(portal, $"pubkey/{ip}"))).GetProperty("publicKey").GetString());
        Assert.Equal(404, (int)(await http.GetAsync(new Uri(portal, "pubkey/548::1"))).StatusCode);
        Assert.Equal(400, (int)(await http.GetAsync(new Uri(portal, "pubkey/nonsense"))).StatusCode);
        async Task<HttpResponseMessage> PushAsync(object dst, string topic, string payload = "aGk=", string query = "") => await http.PostAsJsonAsync(new Uri(portal, "messages" + query), new { dst, topic, payload });
        var pushed = await PushAsync(new { ip = asha.Other(9).ToString() }, Base64("a topic"));
        Assert.Equal(201, (int)pushed.StatusCode);
        var id = (await pushed.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("id").GetString()!;
        Assert.Matches("^[0-9a-f]{16}$", id);
        Assert.Equal(422, (int)(await PushAsync(new { pk = asha.PublicKey }, "no base64!")).StatusCode);
        Assert.Equal(400, (int)(await PushAsync(new { pk = asha.PublicKey }, Base64(new string('t', 256)))).StatusCode);
        var inbox = new Uri(asha.Address, "api/v1/messages");
        // Equality, not a prefix, although the description says so; a message that was taken by anybody is gone.
        Assert.Equal(204, (int)(await http.GetAsync(inbox + "?topic=" + Uri.EscapeDataString(Base64("a top")))).StatusCode);
        Assert.Equal("received", await StateAsync(id));
        Assert.Equal(200, (int)(await http.GetAsync(inbox + "?peek=true")).StatusCode);
        var popped = await http.GetFromJsonAsync<JsonElement>(inbox + "?topic=" + Uri.EscapeDataString(Base64("a topic")));
        Assert.Equal((id, net.Portal.PublicKey, "aGk="), (popped.GetProperty("id").GetString(), popped.GetProperty("srcPk").GetString(), popped.GetProperty("payload").GetString()));
        Assert.Equal("read", await StateAsync(id));
        Assert.Equal(204, (int)(await http.GetAsync(inbox)).StatusCode);
        // A reply has no topic and passes every filter.
        Assert.Equal(204, (int)(await http.PostAsJsonAsync(new Uri(asha.Address, $"api/v1/messages/reply/{id}"), new { payload = "eW8=" })).StatusCode);
        var reply = await http.GetFromJsonAsync<JsonElement>(portal + "messages?topic=" + Uri.EscapeDataString(Base64("another")));
        Assert.Equal((id, "eW8="), (reply.GetProperty("id").GetString(), reply.GetProperty("payload").GetString()));
        Assert.Equal(408, (int)(await PushAsync(new { pk = asha.PublicKey }, "", query: "?reply_timeout=1")).StatusCode);
        Assert.Equal(404, (int)(await http.GetAsync(new Uri(portal, "messages/status/0000000000000000"))).StatusCode);
        Assert.Contains(asha.IpAddress.ToString(), await http.GetStringAsync(net.Portal.Address), StringComparison.Ordinal);

        async Task<string?> StateAsync(string id) => (await http.GetFromJsonAsync<JsonElement>(new Uri(portal, "messages/status/" + id))).GetProperty("state").GetString();
    }

    [Fact]
    public async Task Messages_that_cannot_arrive_wait_five_minutes_and_a_long_poll_makes_everybody_wait()
    {
        var clock = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        await using var net = await MyceliumSimulator.StartAsync(new MyceliumOptions { Time = clock });
        using var http = new HttpClient();
        var (portal, asha) = (net.Portal.Address + "api/v1/", net.Node("asha"));
        asha.Knobs.Unreachable = true;
        var id = (await (await http.PostAsJsonAsync(portal + "messages", new { dst = new { pk = asha.PublicKey }, payload = "aGk=" })).Content.ReadFromJsonAsync<JsonElement>()).GetProperty("id").GetString();
        async Task<string?> StateAsync() => (await http.GetFromJsonAsync<JsonElement>(portal + "messages/status/" + id)).GetProperty("state").GetString();
        Assert.Equal("pending", await StateAsync());
        clock.Advance(TimeSpan.FromMinutes(5));
        Assert.Equal("aborted", await StateAsync());
        asha.Knobs.Unreachable = false;
        net.Deliver();
        Assert.Empty(asha.Inbox);
        var poll = http.GetAsync(asha.Address + "api/v1/messages?timeout=60");
        while (!asha.IsBusy)
            await Task.Yield();
        var other = http.GetAsync(asha.Address + "api/v1/admin");
        clock.Advance(TimeSpan.FromSeconds(30));
        Assert.False(other.IsCompleted);
        while (!poll.IsCompleted)
        {
            clock.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }
        Assert.Equal((204, 200), ((int)(await poll).StatusCode, (int)(await other).StatusCode));
    }

    private static string Base64(string text) => Convert.ToBase64String(Encoding.ASCII.GetBytes(text));
}
