using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using HeroOnboarding.Simulators.Idenfy;

namespace HeroOnboarding.Tests.Simulators;

/// <summary>The API that a partner's server calls.</summary>
public sealed class IdenfySimulatorTokens
{
    [Fact]
    public async Task A_token_answer_repeats_what_was_sent_and_adds_what_is_new()
    {
        await using var idenfy = await Idenfy.StartAsync();
        var answer = await idenfy.TokenAsync(
            new
            {
                clientId = "user-1",
                firstName = "Žana Maria",
                lastName = "Öberg",
                externalRef = "attempt-1",
                generateDigitString = true,
                expiryTime = 1200,
                custom = 7,
            }
        );
        var scan = Assert.Single(idenfy.Simulator.Scans);
        Assert.Equal("Token created successfully", answer.GetProperty("message").GetString());
        Assert.Equal(
            ("ŽANA MARIA", "ÖBERG"),
            (answer.GetProperty("firstName").GetString(), answer.GetProperty("lastName").GetString())
        );
        Assert.Equal(
            (scan.ScanRef, scan.AuthToken, "user-1"),
            (
                answer.GetProperty("scanRef").GetString(),
                answer.GetProperty("authToken").GetString(),
                answer.GetProperty("clientId").GetString()
            )
        );
        Assert.Equal(
            (1200, 600, 7),
            (
                answer.GetProperty("expiryTime").GetInt32(),
                answer.GetProperty("sessionLength").GetInt32(),
                answer.GetProperty("custom").GetInt32()
            )
        );
        Assert.Matches("^[0-9]{8}$", answer.GetProperty("digitString").GetString());
        Assert.Equal(
            $"{idenfy.Simulator.Address}api/v2/redirect?authToken={scan.AuthToken}",
            answer.GetProperty("redirectUrl").GetString()
        );
        Assert.True(Guid.TryParse(scan.ScanRef, out _));
        Assert.True(scan is { AuthToken.Length: 40, Overall: "ACTIVE", ExternalRef: "attempt-1" });
        Assert.Empty(idenfy.Simulator.Callbacks);
        Assert.Equal(
            ("/api/v2/token", 200, true),
            (idenfy.Simulator.Calls[0].Path, idenfy.Simulator.Calls[0].Status, idenfy.Simulator.Calls[0].Authorized)
        );
    }

    [Fact]
    public async Task Without_a_wish_an_answer_has_the_defaults_and_no_digits()
    {
        await using var idenfy = await Idenfy.StartAsync();
        var answer = await idenfy.TokenAsync(new { clientId = "user-1" });
        Assert.Equal(
            (3600, 600),
            (answer.GetProperty("expiryTime").GetInt32(), answer.GetProperty("sessionLength").GetInt32())
        );
        Assert.Equal(JsonValueKind.Null, answer.GetProperty("digitString").ValueKind);
        Assert.Equal("IDENTIFICATION", answer.GetProperty("tokenType").GetString());
    }

    [Theory]
    [InlineData("other-key", null)]
    [InlineData(null, "other-secret")]
    public async Task A_wrong_key_or_secret_is_refused(string? key, string? secret)
    {
        await using var idenfy = await Idenfy.StartAsync();
        Assert.Equal((401, "UNAUTHORIZED"), await idenfy.RefusedAsync(new { clientId = "user-1" }, key, secret));
        Assert.False(Assert.Single(idenfy.Simulator.Calls).Authorized);
        Assert.Empty(idenfy.Simulator.Scans);
    }

    [Theory]
    [InlineData("""{}""", "MISSING_VALUE")]
    [InlineData("""{"clientId":null}""", "MISSING_VALUE")]
    [InlineData("""{"clientId":""}""", "BAD_VALUE")]
    [InlineData("""{"clientId":7}""", "BAD_VALUE")]
    [InlineData("""{"clientId":"üser"}""", "BAD_VALUE")]
    [InlineData("""{"clientId":"u","firstName":"R2D2"}""", "BAD_VALUE")]
    [InlineData("""{"clientId":"u","lastName":"O'Brien"}""", "BAD_VALUE")]
    [InlineData("""{"clientId":"u","successUrl":"http"}""", "BAD_VALUE")]
    [InlineData("""{"clientId":"u","errorUrl":"/kyc/return"}""", "BAD_VALUE")]
    [InlineData("""{"clientId":"u","callbackUrl":3}""", "BAD_VALUE")]
    [InlineData("""{"clientId":"u","expiryTime":0}""", "BAD_VALUE")]
    [InlineData("""{"clientId":"u","expiryTime":1.5}""", "BAD_VALUE")]
    [InlineData("""{"clientId":"u","sessionLength":59}""", "BAD_VALUE")]
    [InlineData("""{"clientId":"u","sessionLength":3601}""", "BAD_VALUE")]
    [InlineData("""{"clientId":"u","externalRef":"12345678901234567890123456789012345678901"}""", "BAD_VALUE")]
    [InlineData("""{"clientId":"u","dateOfBirth":"19.03.1987"}""", "BAD_VALUE")]
    [InlineData("""{"clientId":"u","documents":["LIBRARY_CARD"]}""", "BAD_VALUE")]
    [InlineData("""{"clientId":"u","generateDigitString":"yes"}""", "BAD_VALUE")]
    [InlineData("""{"clientId":"u","dummyStatus":"MAYBE"}""", "BAD_VALUE")]
    [InlineData("""["clientId"]""", "JSON_ERROR")]
    public async Task A_bad_value_is_refused_by_name(string body, string identifier)
    {
        await using var idenfy = await Idenfy.StartAsync();
        Assert.Equal((400, identifier), await idenfy.RefusedAsync(JsonSerializer.Deserialize<JsonElement>(body)));
        Assert.Equal(identifier, Assert.Single(idenfy.Simulator.Calls).Problem);
        Assert.Empty(idenfy.Simulator.Scans);
    }

    [Theory]
    [InlineData(100, 2048, 200)]
    [InlineData(101, 2048, 400)]
    [InlineData(100, 2049, 400)]
    public async Task Lengths_are_measured(int clientId, int url, int status)
    {
        await using var idenfy = await Idenfy.StartAsync();
        const string start = "https://portal.example.org/";
        using var response = await idenfy.CallAsync(
            "/api/v2/token",
            new { clientId = new string('u', clientId), successUrl = start + new string('a', url - start.Length) }
        );
        Assert.Equal(status, (int)response.StatusCode);
    }

    [Theory]
    [InlineData(new byte[] { (byte)'{' }, "JSON_ERROR")]
    [InlineData(new byte[] { (byte)'{', (byte)'"', 0xC3, 0x28, (byte)'"' }, "ENCODING_ERROR")]
    public async Task What_is_no_text_or_no_JSON_is_refused(byte[] body, string identifier)
    {
        await using var idenfy = await Idenfy.StartAsync();
        using var response = await idenfy.CallRawAsync(
            "/api/v2/token",
            new ByteArrayContent(body) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } }
        );
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Equal(
            identifier,
            (await response.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("identifier").GetString()
        );
    }

    [Fact]
    public async Task A_second_token_before_the_first_result_arrived_is_wasted_money()
    {
        await using var idenfy = await Idenfy.StartAsync();
        var first = await idenfy.CheckAsync();
        await idenfy.CheckAsync("user-2");
        Assert.Equal(0, idenfy.Simulator.WastedTokens);
        var second = await idenfy.CheckAsync();
        Assert.NotEqual(first, second);
        Assert.Equal(1, idenfy.Simulator.WastedTokens);
        var denied = await idenfy.Simulator.DenyAsync(first);
        await idenfy.Simulator.ExpireAsync(second);
        await idenfy.CheckAsync();
        Assert.Equal(2, idenfy.Simulator.WastedTokens); // The denial has not arrived yet.
        await idenfy.Simulator.CancelAsync(idenfy.Simulator.Scans[^1].ScanRef);
        Assert.Equal(200, await idenfy.Simulator.DeliverAsync(denied));
        await idenfy.CheckAsync();
        Assert.Equal(2, idenfy.Simulator.WastedTokens);
    }

    [Theory]
    [InlineData("APPROVED", true)]
    [InlineData("DENIED", true)]
    [InlineData("SUSPECTED", true)]
    [InlineData("EXPIRED", null)]
    public async Task With_a_DEV_key_a_dummy_status_is_a_finished_check_at_once(string status, bool? final)
    {
        await using var idenfy = await Idenfy.StartAsync();
        var answer = await idenfy.TokenAsync(new { clientId = "user-1", dummyStatus = status });
        Assert.NotEqual("Token created successfully", answer.GetProperty("message").GetString());
        var callback = Assert.Single(idenfy.Simulator.Callbacks);
        Assert.Equal(
            (answer.GetProperty("scanRef").GetString(), status, final),
            (callback.ScanRef, callback.Overall, callback.Final)
        );
        Assert.Equal(status, Assert.Single(idenfy.Simulator.Scans).Overall);
    }

    [Theory]
    [InlineData(IdenfyEnvironment.Demonstration)]
    [InlineData(IdenfyEnvironment.Testing)]
    [InlineData(IdenfyEnvironment.Production)]
    public async Task With_another_key_a_dummy_status_is_not_permitted(IdenfyEnvironment environment)
    {
        await using var idenfy = await Idenfy.StartAsync(o => o with { Environment = environment });
        Assert.Equal(
            (400, "PERMISSIONS_ERROR"),
            await idenfy.RefusedAsync(new { clientId = "user-1", dummyStatus = "APPROVED" })
        );
        Assert.Empty(idenfy.Simulator.Callbacks);
    }

    [Fact]
    public async Task A_state_can_be_asked_for_and_the_question_is_counted()
    {
        await using var idenfy = await Idenfy.StartAsync();
        var scanRef = await idenfy.CheckAsync();
        Assert.Equal(0, idenfy.Simulator.Polls);
        await idenfy.Simulator.SuspectAsync(scanRef, "DUPLICATE_FACE", "NAME");
        using var response = await idenfy.CallAsync("/api/v2/status", new { scanRef });
        var answer = await response.Content.ReadFromJsonAsync<JsonElement>();
        Assert.Equal(
            ("SUSPECTED", "user-1", "DOC_VALIDATED"),
            (
                answer.GetProperty("status").GetString(),
                answer.GetProperty("clientId").GetString(),
                answer.GetProperty("autoDocument").GetString()
            )
        );
        Assert.Equal(
            ("""["DUPLICATE_FACE"]""", """["NAME"]"""),
            (answer.GetProperty("fraudTags").GetRawText(), answer.GetProperty("mismatchTags").GetRawText())
        );
        using var unknown = await idenfy.CallAsync("/api/v2/status", new { scanRef = "nobody" });
        Assert.Equal(HttpStatusCode.BadRequest, unknown.StatusCode);
        Assert.Equal(2, idenfy.Simulator.Polls);
    }
}
