using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using HeroOnboarding.Simulators.Idenfy;

namespace HeroOnboarding.Tests.Simulators;

/// <summary>Failures of a call, and whether the token was created nevertheless.</summary>
public sealed class IdenfySimulatorTrouble
{
    [Fact]
    public async Task A_script_is_played_once_and_then_the_usual_answer_comes()
    {
        await using var idenfy = await Idenfy.StartAsync();
        idenfy.Simulator.Token.Next(
            IdenfyAnswer.Unauthorized,
            IdenfyAnswer.Refused(400, "PARTNER_CONTRACT_ERROR"),
            IdenfyAnswer.TooMany(TimeSpan.FromMinutes(2)),
            IdenfyAnswer.Broken
        );
        Assert.Equal((401, "UNAUTHORIZED"), await idenfy.RefusedAsync(new { clientId = "u" }));
        Assert.Equal((400, "MISSING_VALUE"), await idenfy.RefusedAsync(new { }));
        Assert.Equal((400, "PARTNER_CONTRACT_ERROR"), await idenfy.RefusedAsync(new { clientId = "u" }));
        using var busy = await idenfy.CallAsync("/api/v2/token", new { clientId = "u" });
        Assert.Equal(
            (HttpStatusCode.TooManyRequests, "120"),
            (busy.StatusCode, busy.Headers.GetValues("Retry-After").Single())
        );
        Assert.Equal((500, "INTERNAL_ERROR"), await idenfy.RefusedAsync(new { clientId = "u" }));
        Assert.Empty(idenfy.Simulator.Scans);
        await idenfy.CheckAsync();
        Assert.Equal([401, 400, 400, 429, 500, 200], idenfy.Simulator.Calls.Select(c => c.Status));
        idenfy.Simulator.Token.Always = IdenfyAnswer.Broken;
        Assert.Equal((500, "INTERNAL_ERROR"), await idenfy.RefusedAsync(new { clientId = "u" }));
    }

    [Fact]
    public async Task The_proxy_in_front_answers_HTML()
    {
        await using var idenfy = await Idenfy.StartAsync();
        idenfy.Simulator.Token.Next(IdenfyAnswer.Unavailable);
        using var response = await idenfy.CallAsync("/api/v2/token", new { clientId = "u" });
        Assert.Equal(
            (HttpStatusCode.ServiceUnavailable, "text/html"),
            (response.StatusCode, response.Content.Headers.ContentType!.MediaType)
        );
    }

    [Fact]
    public async Task Silence_makes_no_token()
    {
        await using var idenfy = await Idenfy.StartAsync();
        idenfy.Simulator.Token.Next(IdenfyAnswer.Silence);
        using var patience = new CancellationTokenSource();
        var asked = idenfy.CallRawAsync(
            "/api/v2/token",
            JsonContent.Create(new { clientId = "u" }),
            cancel: patience.Token
        );
        await Idenfy.UntilAsync(() => idenfy.Simulator.Calls.Count == 1);
        Assert.False(asked.IsCompleted);
        await patience.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asked);
        Assert.Empty(idenfy.Simulator.Scans);
        Assert.Equal(0, idenfy.Simulator.Calls[0].Status);
    }

    [Fact]
    public async Task A_lost_answer_made_a_token_and_asking_again_wastes_one()
    {
        await using var idenfy = await Idenfy.StartAsync();
        idenfy.Simulator.Token.Next(IdenfyAnswer.Lost);
        await Assert.ThrowsAnyAsync<HttpRequestException>(() =>
            idenfy.CallAsync("/api/v2/token", new { clientId = "user-1" })
        );
        Assert.Single(idenfy.Simulator.Scans);
        await idenfy.CheckAsync();
        Assert.Equal(1, idenfy.Simulator.WastedTokens);
    }

    [Fact]
    public async Task An_answer_can_be_malformed_or_lack_what_matters()
    {
        await using var idenfy = await Idenfy.StartAsync();
        idenfy.Simulator.Token.Next(
            IdenfyAnswer.Malformed,
            IdenfyAnswer.Without("scanRef"),
            IdenfyAnswer.Without("authToken", "redirectUrl")
        );
        using var malformed = await idenfy.CallAsync("/api/v2/token", new { clientId = "u" });
        Assert.Equal(HttpStatusCode.OK, malformed.StatusCode);
        Assert.ThrowsAny<JsonException>(() => JsonDocument.Parse(malformed.Content.ReadAsStream()));
        var anonymous = await idenfy.TokenAsync(new { clientId = "v" });
        Assert.Equal(
            (false, true),
            (anonymous.TryGetProperty("scanRef", out _), anonymous.TryGetProperty("authToken", out _))
        );
        var closed = await idenfy.TokenAsync(new { clientId = "w" });
        Assert.Equal(
            (true, false, false),
            (
                closed.TryGetProperty("scanRef", out _),
                closed.TryGetProperty("authToken", out _),
                closed.TryGetProperty("redirectUrl", out _)
            )
        );
        Assert.Equal(3, idenfy.Simulator.Scans.Count);
    }

    [Fact]
    public async Task A_slow_answer_comes_when_the_clock_says_so()
    {
        await using var idenfy = await Idenfy.StartAsync();
        idenfy.Simulator.Token.Next(IdenfyAnswer.After(TimeSpan.FromSeconds(8)));
        var asked = idenfy.CallAsync("/api/v2/token", new { clientId = "u" });
        await Idenfy.UntilAsync(() => idenfy.Simulator.Calls.Count == 1);
        Assert.False(asked.IsCompleted);
        await Idenfy.UntilAsync(() =>
        {
            idenfy.Clock.Advance(TimeSpan.FromSeconds(8));
            return asked.IsCompleted;
        });
        Assert.Equal(HttpStatusCode.OK, (await asked).StatusCode);
    }
}
