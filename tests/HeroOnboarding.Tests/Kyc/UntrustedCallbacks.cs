using HeroOnboarding.Simulators.Idenfy;
using HeroOnboarding.Tests.Support;

namespace HeroOnboarding.Tests.Kyc;

/// <summary>Callbacks with a wrong signature, about another customer, or of an unknown shape change nothing.</summary>
public sealed class UntrustedCallbacks
{
    [Theory, BothDatabases]
    public async Task A_callback_moves_only_the_session_that_has_its_scan_under_its_client(Db db)
    {
        await using var at = await KycPortal.StartAsync(db);
        var asha = await at.StartedAsync("asha");
        var ashas = at.Scan;
        var juma = await at.StartedAsync("juma");
        var before = await at.Portal.FactsAsync();
        var good = (await at.Idenfy.ApproveAsync(ashas)).Body;
        foreach (
            var body in new[]
            {
                // A scan of no session.
                good.Replace(ashas, "00000000-0000-0000-0000-000000000000", StringComparison.Ordinal),
                good.Replace(ashas, at.Scan, StringComparison.Ordinal), // Juma's scan under Asha's name
                good.Replace(asha.Sid, juma.Sid, StringComparison.Ordinal), // Asha's scan under Juma's name
                good.Replace(asha.Sid, asha.Sid + "-1", StringComparison.Ordinal),
            }
        )
            (await at.PostCallbackAsync(body, IdenfySignature.Sign(body, KycPortal.SigningKey))).Expect(200);
        Assert.Equal(before, await at.Portal.FactsAsync());
        (await at.PostCallbackAsync(good, IdenfySignature.Sign(good, KycPortal.SigningKey))).Expect(200);
        Assert.Equal(
            ("completed/completed", "in_progress/in_progress"),
            (await at.StateAsync(asha), await at.StateAsync(juma))
        );
    }

    [Theory, BothDatabases]
    public async Task Only_iDenfys_own_signature_is_believed(Db db)
    {
        await using var at = await KycPortal.StartAsync(
            db,
            more: new Dictionary<string, string?> { ["IDENFY_WEBHOOK_SECRET_NEXT"] = KycPortal.NextKey }
        );
        var asha = await at.StartedAsync("asha");
        var callback = await at.Idenfy.ApproveAsync(at.Scan);
        var good = IdenfySignature.Sign(callback.Body, KycPortal.NextKey);
        var before = await at.Portal.FactsAsync();
        foreach (
            var wrong in new[]
            {
                null,
                "",
                "0",
                new string('0', 64),
                good[..^1] + (good[^1] == '0' ? '1' : '0'),
                good.ToUpperInvariant(),
                good + " " + good,
                IdenfySignature.Sign(callback.Body, "simulated-idenfy-secret"),
            }
        )
            (await at.PostCallbackAsync(callback.Body, wrong)).ExpectRefusal(Refusals.WebhookSignature);
        (
            await KycPortal.PostCallbackAsync(at.Portal, System.Text.Encoding.UTF8.GetBytes(callback.Body), good, good)
        ).ExpectRefusal(Refusals.WebhookSignature);
        (
            await at.PostCallbackAsync(callback.Body.Replace("true", "true ", StringComparison.Ordinal), good)
        ).ExpectRefusal(Refusals.WebhookSignature);
        (await at.PostCallbackAsync(new string(' ', 257 * 1024), good)).ExpectRefusal(Refusals.BodyTooLarge);
        Assert.Equal(before, await at.Portal.FactsAsync());
        (await at.PostCallbackAsync(callback.Body, good)).Expect(200);
        Assert.Equal("completed/completed", await at.StateAsync(asha));
        (await at.PostCallbackAsync(callback.Body, callback.Signature)).Expect(200);
    }

    [Theory, BothDatabases]
    public async Task Words_and_shapes_that_we_do_not_know_change_nothing(Db db)
    {
        await using var at = await KycPortal.StartAsync(db);
        var asha = await at.StartedAsync("asha");
        var before = await at.Portal.FactsAsync();
        foreach (
            var body in new[]
            {
                "",
                "null",
                "[]",
                "{}",
                "{\"final\":true",
                "\"APPROVED\"",
                "{\"scanRef\":null,\"clientId\":null,\"status\":null}",
                "\u0000",
                at.CallbackBody("ACTIVE", "false"),
                at.CallbackBody("ACTIVE", "true"),
                at.CallbackBody("SOMETHING_NEW", "true"),
                at.CallbackBody("approved", "true"),
                $$"""{"scanRef":"{{at.Scan}}","clientId":"{{asha.Sid}}","final":true,"status":"APPROVED"}""",
                $$"""{"scanRef":"{{at.Scan}}","clientId":"{{asha.Sid}}","final":true"""
                    + ""","status":{"overall":["APPROVED"]} }""",
                $$"""{"scanRef":["{{at.Scan}}"],"clientId":"{{asha.Sid}}","final":true"""
                    + ""","status":{"overall":"APPROVED"} }""",
                $$"""{"scanRef":"{{at.Scan}}","final":true,"status":{"overall":"APPROVED"} }""",
                $$"""{"scanRef":"{{at.Scan}}\ud800","clientId":"{{asha.Sid}}","final":true"""
                    + ""","status":{"overall":"APPROVED"} }""",
            }
        )
            (await at.PostCallbackAsync(body, IdenfySignature.Sign(body, KycPortal.SigningKey))).Expect(200);
        Assert.Equal(before, await at.Portal.FactsAsync());
        // A callback without <c>final: true</c> decides nothing; odd times and lists do not matter.
        var unsure = at.CallbackBody("APPROVED", "\"true\"");
        (await at.PostCallbackAsync(unsure, IdenfySignature.Sign(unsure, KycPortal.SigningKey))).Expect(200);
        Assert.Equal("in_progress/in_progress", await at.StateAsync(asha));
        var odd =
            $$"""{"scanRef":"{{at.Scan}}","clientId":"{{asha.Sid}}","final":true"""
            + ""","finishTime":99999999999999999999,"AML":7,"LID":[null,"""
            + """3],"status":{"overall":"APPROVED","fraudTags":null,"denyReasons":{},"mismatchTags":[null"""
            + """,4]} }""";
        (await at.PostCallbackAsync(odd, IdenfySignature.Sign(odd, KycPortal.SigningKey))).Expect(200);
        Assert.Equal("completed/completed", await at.StateAsync(asha));
    }
}
