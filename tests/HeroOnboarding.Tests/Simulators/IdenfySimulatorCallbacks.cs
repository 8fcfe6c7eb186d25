using System.Net;
using System.Text.Json;
using HeroOnboarding.Simulators.Idenfy;

namespace HeroOnboarding.Tests.Simulators;

/// <summary>What the portal is told, when, and how often.</summary>
public sealed class IdenfySimulatorCallbacks
{
    [Fact]
    public void Bodies_are_signed_as_the_vector_says() =>
        Assert.Equal(
            "4918579e11fd041c120f4d488d9d9d119d35f1b88ba0dbd82e52cae5a732d603",
            IdenfySignature.Sign(
                """{"clientId":"user-1","scanRef":"ec6a7108-8c26-11e9-9758-309c231b1bac","final":true"""
                    + ""","status":{"overall":"APPROVED"}}""",
                "TestingKey"
            )
        );

    [Fact]
    public async Task An_approval_holds_the_whole_document_and_is_signed()
    {
        await using var idenfy = await Idenfy.StartAsync(o => o with { SigningKey = "TestingKey" });
        var scanRef = await idenfy.CheckAsync();
        Assert.Equal(200, await idenfy.Simulator.DeliverAsync(await idenfy.Simulator.ApproveAsync(scanRef)));
        var (url, text, signature) = Assert.Single(idenfy.Received);
        Assert.Equal("https://portal.example.org/webhooks/idenfy", url.ToString());
        Assert.Equal(IdenfySignature.Sign(text, "TestingKey"), signature);
        var body = JsonSerializer.Deserialize<JsonElement>(text);
        Assert.Equal(
            (scanRef, "user-1", "attempt-1"),
            (
                body.GetProperty("scanRef").GetString(),
                body.GetProperty("clientId").GetString(),
                body.GetProperty("externalRef").GetString()
            )
        );
        Assert.True(body.GetProperty("final").GetBoolean());
        Assert.Equal(idenfy.Clock.GetUtcNow().ToUnixTimeSeconds(), body.GetProperty("finishTime").GetInt64());
        var status = body.GetProperty("status");
        Assert.Equal(
            ("APPROVED", "DOC_VALIDATED", "FACE_MATCH"),
            (
                status.GetProperty("overall").GetString(),
                status.GetProperty("autoDocument").GetString(),
                status.GetProperty("autoFace").GetString()
            )
        );
        Assert.Equal(JsonValueKind.Null, status.GetProperty("manualDocument").ValueKind);
        Assert.All(
            idenfy.Scan(scanRef).Document.PersonalTexts,
            personal => Assert.Contains(personal, text, StringComparison.Ordinal)
        );
        Assert.DoesNotContain("\\u", text, StringComparison.Ordinal);
        Assert.True(Assert.Single(idenfy.Simulator.Deliveries).Arrived);
    }

    [Fact]
    public async Task Two_people_have_two_documents_unless_one_is_passed_on()
    {
        await using var idenfy = await Idenfy.StartAsync();
        var first = await idenfy.Simulator.ApproveAsync(await idenfy.CheckAsync("user-1"));
        var second = await idenfy.Simulator.ApproveAsync(await idenfy.CheckAsync("user-2"));
        var third = await idenfy.Simulator.ApproveAsync(await idenfy.CheckAsync("user-3"), IdenfyDocument.Of("user-1"));
        Assert.NotEqual(Number(first), Number(second));
        Assert.Equal(Number(first), Number(third));

        static string? Number(IdenfyCallback callback) =>
            callback.Json.GetProperty("data").GetProperty("docNumber").GetString();
    }

    [Fact]
    public async Task The_machine_decides_first_and_a_person_later()
    {
        await using var idenfy = await Idenfy.StartAsync();
        var (machine, person) = await idenfy.Simulator.AutoThenManualAsync(
            await idenfy.CheckAsync(),
            IdenfyVerdict.Denied("DOC_FAKE")
        );
        Assert.Equal((machine.ScanRef, "APPROVED", false), (person.ScanRef, machine.Overall, machine.Final));
        Assert.Equal(("DENIED", true), (person.Overall, person.Final));
        var status = person.Json.GetProperty("status");
        Assert.Equal(
            ("DOC_VALIDATED", "DOC_FAKE", "FACE_MATCH"),
            (
                status.GetProperty("autoDocument").GetString(),
                status.GetProperty("manualDocument").GetString(),
                status.GetProperty("manualFace").GetString()
            )
        );
        Assert.Equal("""["DOC_FAKE"]""", JsonSerializer.Serialize(status.GetProperty("denyReasons")));
    }

    [Fact]
    public async Task Tags_are_told_apart()
    {
        await using var idenfy = await Idenfy.StartAsync();
        var body = (
            await idenfy.Simulator.SuspectAsync(
                await idenfy.CheckAsync(),
                "DUPLICATE_FACE",
                "NAME",
                IdenfyVerdict.WatchList
            )
        ).Json;
        var status = body.GetProperty("status");
        Assert.Equal(
            ("""["DUPLICATE_FACE"]""", """["NAME"]""", """["AML_SUSPECTION"]"""),
            (Text("fraudTags"), Text("mismatchTags"), Text("suspicionReasons"))
        );
        Assert.True(body.GetProperty("AML")[0].GetProperty("status").GetProperty("serviceSuspected").GetBoolean());

        string Text(string member) => JsonSerializer.Serialize(status.GetProperty(member));
    }

    [Fact]
    public async Task Who_was_not_looked_at_has_no_document_and_final_is_null_or_absent()
    {
        await using var idenfy = await Idenfy.StartAsync();
        var expired = (await idenfy.Simulator.ExpireAsync(await idenfy.CheckAsync())).Json;
        Assert.Equal(JsonValueKind.Null, expired.GetProperty("final").ValueKind);
        Assert.Equal(JsonValueKind.Null, expired.GetProperty("data").GetProperty("docNumber").ValueKind);
        Assert.Equal("EXPIRED", expired.GetProperty("status").GetProperty("overall").GetString());
        idenfy.Simulator.WithoutFinal = true;
        var cancelled = await idenfy.Simulator.CancelAsync(await idenfy.CheckAsync("user-2"), "CANCELLED");
        Assert.False(cancelled.Json.TryGetProperty("final", out _));
        Assert.Equal(("CANCELLED", (bool?)null), (cancelled.Overall, cancelled.Final));
        Assert.True(
            (await idenfy.Simulator.ApproveAsync(await idenfy.CheckAsync("user-3")))
                .Json.GetProperty("final")
                .GetBoolean()
        );
    }

    [Fact]
    public async Task Callbacks_wait_until_they_are_sent_in_any_order_twice_or_tampered()
    {
        await using var idenfy = await Idenfy.StartAsync();
        var (machine, person) = await idenfy.Simulator.AutoThenManualAsync(await idenfy.CheckAsync());
        Assert.Empty(idenfy.Received);
        await idenfy.Simulator.DeliverAsync(person);
        await idenfy.Simulator.DeliverAsync(person);
        await idenfy.Simulator.DeliverAsync(
            machine with
            {
                Body = machine.Body.Replace("false", "true", StringComparison.Ordinal),
            }
        );
        await idenfy.Simulator.DeliverAsync(machine with { Signature = null });
        Assert.Equal([person.Body, person.Body], idenfy.Received.Take(2).Select(r => r.Body));
        Assert.NotEqual(
            IdenfySignature.Sign(idenfy.Received.ElementAt(2).Body, idenfy.Options.SigningKey!),
            idenfy.Received.ElementAt(2).Signature
        );
        Assert.Null(idenfy.Received.ElementAt(3).Signature);
    }

    [Fact]
    public async Task What_did_not_arrive_is_sent_in_order_when_all_are_sent()
    {
        await using var idenfy = await Idenfy.StartAsync();
        await idenfy.Simulator.AutoThenManualAsync(await idenfy.CheckAsync());
        idenfy.Answer = () => HttpStatusCode.ServiceUnavailable;
        Assert.Equal([503, 503], await idenfy.Simulator.DeliverAllAsync());
        idenfy.Answer = () => HttpStatusCode.NoContent;
        Assert.Equal([204, 204], await idenfy.Simulator.DeliverAllAsync());
        Assert.Empty(await idenfy.Simulator.DeliverAllAsync());
        idenfy.Answer = () => null;
        await Assert.ThrowsAsync<HttpRequestException>(() =>
            idenfy.Simulator.DeliverAsync(idenfy.Simulator.Callbacks[0])
        );
        Assert.Equal(
            (0, "connection broke"),
            (idenfy.Simulator.Deliveries[^1].Status, idenfy.Simulator.Deliveries[^1].Problem)
        );
    }

    [Fact]
    public async Task A_check_can_have_its_own_address_and_no_key_means_no_signature()
    {
        await using var idenfy = await Idenfy.StartAsync(o => o with { SigningKey = null });
        var answer = await idenfy.TokenAsync(
            new { clientId = "user-1", callbackUrl = "https://other.example.org/hook" }
        );
        await idenfy.Simulator.DeliverAsync(
            await idenfy.Simulator.ApproveAsync(answer.GetProperty("scanRef").GetString()!)
        );
        Assert.Equal(
            ("https://other.example.org/hook", null),
            (Assert.Single(idenfy.Received).Url.ToString(), Assert.Single(idenfy.Received).Signature)
        );
    }

    [Fact]
    public async Task A_check_ends_once_and_only_then_it_can_be_resubmitted()
    {
        await using var idenfy = await Idenfy.StartAsync();
        var scanRef = await idenfy.CheckAsync();
        await Assert.ThrowsAsync<InvalidOperationException>(() =>
            idenfy.Simulator.ResubmitAsync(scanRef, IdenfyVerdict.Approved)
        );
        await Assert.ThrowsAsync<InvalidOperationException>(() => idenfy.Simulator.ApproveAsync("nobody"));
        await idenfy.Simulator.ApproveAsync(scanRef);
        await Assert.ThrowsAsync<InvalidOperationException>(() => idenfy.Simulator.DenyAsync(scanRef));
        await Assert.ThrowsAsync<InvalidOperationException>(() => idenfy.Simulator.ExpireAsync(scanRef));
        var again = await idenfy.Simulator.ResubmitAsync(scanRef, IdenfyVerdict.Denied("FACE_MISMATCH"));
        Assert.Equal((2, "DENIED", true), (again.Number, again.Overall, again.Final));
        Assert.Equal("FACE_MISMATCH", again.Json.GetProperty("status").GetProperty("autoFace").GetString());
    }

    [Fact]
    public async Task Time_runs_out_for_links_and_for_checks()
    {
        await using var idenfy = await Idenfy.StartAsync();
        var unused = await idenfy.CheckAsync("user-1");
        var slow = await idenfy.CheckAsync("user-2");
        var done = await idenfy.CheckAsync("user-3");
        (await idenfy.GetAsync($"/ui?authToken={idenfy.Scan(slow).AuthToken}")).EnsureSuccessStatusCode();
        await idenfy.Simulator.ApproveAsync(done);
        idenfy.Clock.Advance(TimeSpan.FromSeconds(599));
        Assert.Equal("ACTIVE", idenfy.Scan(slow).Overall);
        idenfy.Clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(("EXPIRED", "ACTIVE"), (idenfy.Scan(slow).Overall, idenfy.Scan(unused).Overall));
        idenfy.Clock.Advance(TimeSpan.FromHours(1));
        Assert.Equal(("EXPIRED", "APPROVED"), (idenfy.Scan(unused).Overall, idenfy.Scan(done).Overall));
        Assert.Equal([done, slow, unused], idenfy.Simulator.Callbacks.Select(c => c.ScanRef));
    }

    [Fact]
    public async Task By_themselves_callbacks_are_tried_again_and_given_up_in_the_end()
    {
        await using var idenfy = await Idenfy.StartAsync(o => o with { AutoDeliver = true, DeliveryTries = 3 });
        idenfy.Answer = () => idenfy.Received.Count == 1 ? null : HttpStatusCode.InternalServerError;
        await idenfy.Simulator.ApproveAsync(await idenfy.CheckAsync());
        Assert.Single(idenfy.Simulator.Deliveries);
        await Idenfy.UntilAsync(() =>
        {
            idenfy.Clock.Advance(TimeSpan.FromSeconds(1));
            return idenfy.Simulator.Deliveries.Count == 3;
        });
        idenfy.Clock.Advance(TimeSpan.FromHours(1));
        Assert.Equal([0, 500, 500], idenfy.Simulator.Deliveries.Select(d => d.Status));
        idenfy.Answer = () => HttpStatusCode.OK;
        await idenfy.Simulator.ApproveAsync(await idenfy.CheckAsync("user-2"));
        idenfy.Clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal([0, 500, 500, 200], idenfy.Simulator.Deliveries.Select(d => d.Status));
    }
}
