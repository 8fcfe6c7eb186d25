using HeroOnboarding.Accounts;
using HeroOnboarding.Configuration;
using HeroOnboarding.Kyc;
using HeroOnboarding.Kyc.Idenfy;
using HeroOnboarding.Simulators.Idenfy;
using HeroOnboarding.Tests.Kyc;
using HeroOnboarding.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Answer = HeroOnboarding.Kyc.VerificationStart;
using IdenfyCallback = HeroOnboarding.Kyc.Idenfy.IdenfyCallback;

namespace HeroOnboarding.Tests.Contracts;

/// <summary>What the portal expects of a verifier, and what its answers mean.</summary>
public sealed class VerifierContract
{
    private static KycSession Session =>
        new()
        {
            Sid = "01ARZ3NDEKTSV4RRFFQ69G5FAV",
            AccountSid = "01ARZ3NDEKTSV4RRFFQ69G5FAW",
            Provider = "idenfy",
            ClientId = "01ARZ3NDEKTSV4RRFFQ69G5FAW-2",
            State = KycStatus.Pending,
        };

    /// <summary>A vector that was checked against a public implementation.</summary>
    [Fact]
    public void Callbacks_are_signed_over_the_raw_bytes()
    {
        var body =
            """{"clientId":"user-1","scanRef":"ec6a7108-8c26-11e9-9758-309c231b1bac","final":true"""u8
            + ""","status":{"overall":"APPROVED"}}"""u8;
        const string signature = "4918579e11fd041c120f4d488d9d9d119d35f1b88ba0dbd82e52cae5a732d603";
        Assert.Equal(signature, IdenfyCallback.Sign(new Secret("TestingKey"), body));
        Assert.True(IdenfyCallback.IsGenuine([new Secret("TestingKey")], signature, body));
        Assert.True(IdenfyCallback.IsGenuine([new Secret("AnotherKey"), new Secret("TestingKey")], signature, body));
        Assert.False(IdenfyCallback.IsGenuine([new Secret("TestingKez")], signature, body));
        Assert.False(IdenfyCallback.IsGenuine([new Secret("TestingKey")], signature, body[..^1]));
        foreach (
            var wrong in new[]
            {
                null,
                "",
                signature.ToUpperInvariant(),
                signature[..^1],
                signature + "0",
                " " + signature[1..],
                new string('é', 64),
            }
        )
            Assert.False(IdenfyCallback.IsGenuine([new Secret("TestingKey")], wrong, body));
        Assert.Equal(VerdictKind.Approved, IdenfyCallback.Parse(body.ToArray())!.Kind);
    }

    [Fact]
    public async Task It_is_told_who_comes_and_where_they_go_back_to_and_nothing_personal()
    {
        await using var at = await KycPortal.StartAsync(Db.Sqlite);
        var started = Assert.IsType<Answer.Started>(await AskAsync(at));
        var call = at.Idenfy.Calls.Single();
        Assert.Equal(("/api/v2/token", true, 200), (call.Path, call.Authorized, call.Status));
        Assert.Equal(
            [
                "callbackUrl",
                "clientId",
                "errorUrl",
                "expiryTime",
                "externalRef",
                "sessionLength",
                "successUrl",
                "unverifiedUrl",
            ],
            call.Body.EnumerateObject().Select(m => m.Name).Order(StringComparer.Ordinal)
        );
        Assert.Equal(
            (Session.ClientId, Session.Sid),
            (call.Body.GetProperty("clientId").GetString(), call.Body.GetProperty("externalRef").GetString())
        );
        Assert.All(
            ["successUrl", "errorUrl", "unverifiedUrl"],
            url => Assert.Equal("https://localhost/kyc/return", call.Body.GetProperty(url).GetString())
        );
        Assert.Equal("https://localhost/webhooks/idenfy", call.Body.GetProperty("callbackUrl").GetString());
        Assert.Equal(at.Scan, started.ScanRef);
        Assert.Equal(
            new Uri(at.Idenfy.Address, "/api/v2/redirect?authToken=" + at.Idenfy.Scans[0].AuthToken),
            started.Url
        );
        Assert.Equal(IdenfyVerifier.LinkLife, started.LinkLife);
    }

    [Theory]
    [InlineData("true", "APPROVED")]
    [InlineData("denied", "DENIED")]
    [InlineData("suspected", "SUSPECTED")]
    [InlineData("expired", "EXPIRED")]
    public async Task With_a_dev_key_it_makes_a_result_up_and_sends_nobody_away(string mode, string status)
    {
        await using var at = await KycPortal.StartAsync(
            Db.Sqlite,
            more: new Dictionary<string, string?> { ["IDENFY_DEV_MODE"] = mode, ["IDENFY_ENVIRONMENT"] = "dev" }
        );
        Assert.Null(Assert.IsType<Answer.Started>(await AskAsync(at)).Url);
        Assert.Equal(status, at.Idenfy.Calls.Single().Body.GetProperty("dummyStatus").GetString());
    }

    [Theory]
    [InlineData(301, typeof(Answer.Refused))]
    [InlineData(400, typeof(Answer.Refused))]
    [InlineData(401, typeof(Answer.Refused))]
    [InlineData(403, typeof(Answer.Refused))]
    [InlineData(404, typeof(Answer.Refused))]
    [InlineData(408, typeof(Answer.TryLater))]
    [InlineData(429, typeof(Answer.TryLater))]
    [InlineData(500, typeof(Answer.TryLater))]
    [InlineData(503, typeof(Answer.TryLater))]
    public async Task A_status_means_the_same_whatever_the_body_says(int status, Type meaning)
    {
        await using var at = await KycPortal.StartAsync(Db.Sqlite);
        at.Idenfy.Token.Next(
            IdenfyAnswer.Refused(status, "PARTNER_CONTRACT_ERROR"),
            IdenfyAnswer.Refused(status, "Jane Doe <b>"),
            IdenfyAnswer.Unavailable
        );
        var answer = await AskAsync(at);
        Assert.IsType(meaning, answer);
        if (answer is Answer.Refused refused)
            Assert.Equal($"Answered {status} PARTNER_CONTRACT_ERROR.", refused.Reason);
        answer = await AskAsync(at);
        Assert.IsType(meaning, answer);
        Assert.DoesNotContain("Jane", answer.ToString(), StringComparison.Ordinal);
        Assert.IsType<Answer.TryLater>(await AskAsync(at));
    }

    [Fact]
    public async Task How_long_to_wait_is_heard()
    {
        await using var at = await KycPortal.StartAsync(Db.Sqlite);
        at.Idenfy.Token.Next(IdenfyAnswer.TooMany(TimeSpan.FromMinutes(7)));
        Assert.Equal(TimeSpan.FromMinutes(7), Assert.IsType<Answer.TryLater>(await AskAsync(at)).After);
    }

    [Fact]
    public async Task A_lost_or_broken_answer_is_no_answer()
    {
        await using var at = await KycPortal.StartAsync(Db.Sqlite);
        foreach (
            var answer in new[]
            {
                IdenfyAnswer.Lost,
                IdenfyAnswer.Malformed,
                IdenfyAnswer.Without("scanRef"),
                IdenfyAnswer.Without("authToken", "redirectUrl"),
            }
        )
        {
            at.Idenfy.Token.Next(answer);
            Assert.IsType<Answer.TryLater>(await AskAsync(at));
        }
    }

    [Fact]
    public async Task Silence_ends_after_the_patience_and_not_before()
    {
        await using var at = await KycPortal.StartAsync(Db.Sqlite);
        at.Idenfy.Token.Next(IdenfyAnswer.Silence);
        var asked = AskAsync(at);
        while (at.Idenfy.Calls.Count == 0)
            await Task.Yield();
        at.Portal.Clock.Advance(IdenfyVerifier.Patience - TimeSpan.FromMilliseconds(1));
        Assert.False(asked.IsCompleted);
        at.Portal.Clock.Advance(TimeSpan.FromMilliseconds(1));
        Assert.IsType<Answer.TryLater>(await asked.WaitAsync(Hanging.Limit));
    }

    [Theory]
    [InlineData("https://evil.example/api/v2/redirect?authToken=x")]
    [InlineData("javascript:alert(1)")]
    [InlineData("/relative")]
    [InlineData("http://user:word@127.0.0.1/")]
    [InlineData(null)]
    public async Task A_page_of_somebody_else_is_not_used(string? redirect)
    {
        await using var at = await KycPortal.StartAsync(Db.Sqlite);
        at.Portal.Wire.Tamper = async (_, response) =>
        {
            var json = System.Text.Json.Nodes.JsonNode.Parse(await response.Content.ReadAsStringAsync())!;
            json["redirectUrl"] = redirect;
            response.Content = new StringContent(json.ToJsonString());
        };
        var started = Assert.IsType<Answer.Started>(await AskAsync(at));
        Assert.Equal(
            new Uri(at.Idenfy.Address, "/api/v2/redirect?authToken=" + at.Idenfy.Scans[0].AuthToken),
            started.Url
        );
    }

    private static Task<Answer> AskAsync(KycPortal at) =>
        at.Portal.Services.GetRequiredService<IVerifier>().StartAsync(Session, CancellationToken.None);
}
