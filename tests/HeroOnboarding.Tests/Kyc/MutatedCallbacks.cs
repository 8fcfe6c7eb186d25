using System.Net;
using System.Text;
using HeroOnboarding.Configuration;
using HeroOnboarding.Simulators.Idenfy;
using HeroOnboarding.Tests.Support;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;
using IdenfyCallback = HeroOnboarding.Kyc.Idenfy.IdenfyCallback;

namespace HeroOnboarding.Tests.Kyc;

/// <summary>
/// Callbacks that are changed at random: never a 500, no row, no change; and personal data of genuine ones is stored
/// nowhere.
/// </summary>
public sealed class MutatedCallbacks
{
    private const int Many = 10_000;
    private static readonly string[] Lines =
    [
        "true",
        "false",
        "null",
        "[]",
        "{}",
        "\"\"",
        "-1",
        "1e999",
        "\"\\ud800\"",
        "99999999999999999999",
        "\u0000",
        "APPROVED",
        "é",
    ];

    [Fact]
    public async Task Ten_thousand_changed_bodies_and_headers_change_nothing()
    {
        await using var at = await KycPortal.StartAsync(Db.Sqlite);
        await at.StartedAsync("asha");
        var callback = await at.Idenfy.ApproveAsync(at.Scan);
        var (body, signature) = (Encoding.UTF8.GetBytes(callback.Body), callback.Signature!);
        var before = await at.Portal.FactsAsync();
        var random = new Random(20261124);
        using var portal = ((TestServer)at.Portal.Services.GetRequiredService<IServer>()).CreateClient();
        var answers = new Dictionary<HttpStatusCode, int>();
        for (var n = 0; n < Many; n++)
        {
            var (changed, header) =
                n % 3 == 0
                    ? (body, Mutate(random, Encoding.ASCII.GetBytes(signature)))
                    : (Mutate(random, body), Encoding.ASCII.GetBytes(signature));
            if (changed.SequenceEqual(body) && header.SequenceEqual(Encoding.ASCII.GetBytes(signature)))
                continue;
            using var request = new HttpRequestMessage(HttpMethod.Post, "/webhooks/idenfy")
            {
                Content = new ByteArrayContent(changed),
            };
            request.Headers.TryAddWithoutValidation(IdenfyCallback.Header, Header(header));
            using var reply = await portal.SendAsync(request);
            answers[reply.StatusCode] = answers.GetValueOrDefault(reply.StatusCode) + 1;
        }
        Assert.Equal([HttpStatusCode.BadRequest], answers.Keys);
        Assert.InRange(answers[HttpStatusCode.BadRequest], Many * 9 / 10, Many);
        Assert.Equal(before, await at.Portal.FactsAsync());
        (await at.PostCallbackAsync(callback.Body, signature)).Expect(200);
    }

    /// <summary>Correctly signed, as if iDenfy itself had sent it: the reader must accept any bytes.</summary>
    [Fact]
    public async Task Ten_thousand_changed_and_signed_bodies_are_read_without_an_error()
    {
        await using var at = await KycPortal.StartAsync(Db.Sqlite);
        await at.StartedAsync("asha");
        var scan = at.Idenfy.Scans[^1];
        var body = Encoding.UTF8.GetBytes(
            (
                await at.Idenfy.DecideAsync(
                    at.Scan,
                    IdenfyVerdict.Suspected("DUPLICATE_FACE", "NAME", IdenfyVerdict.WatchList)
                )
            ).Body
        );
        var random = new Random(42);
        for (var n = 0; n < Many; n++)
            if (IdenfyCallback.Parse(Mutate(random, body)) is { } verdict)
            {
                Assert.All(verdict.Reasons, r => Assert.Matches("^[A-Z0-9_]{1,64}$", r));
                Assert.InRange(verdict.Reasons.Count, 0, 8);
                Assert.DoesNotContain(
                    scan.Document.PersonalTexts,
                    text => string.Join(',', verdict.Reasons).Contains(text, StringComparison.Ordinal)
                );
            }
        using var portal = ((TestServer)at.Portal.Services.GetRequiredService<IServer>()).CreateClient();
        for (var n = 0; n < 500; n++)
        {
            var changed = Mutate(random, body);
            using var request = new HttpRequestMessage(HttpMethod.Post, "/webhooks/idenfy")
            {
                Content = new ByteArrayContent(changed),
            };
            request.Headers.TryAddWithoutValidation(
                IdenfyCallback.Header,
                IdenfyCallback.Sign(new Secret(KycPortal.SigningKey), changed)
            );
            using var reply = await portal.SendAsync(request);
            Assert.Equal(HttpStatusCode.OK, reply.StatusCode);
        }
    }

    [Theory, BothDatabases]
    public async Task Nothing_personal_of_a_callback_is_stored_logged_or_shown(Db db)
    {
        await using var at = await KycPortal.StartAsync(db);
        var asha = await at.StartedAsync("asha");
        var document = at.Idenfy.Scans[^1].Document;
        var token = at.Idenfy.Scans[^1].AuthToken;
        await at.SaysAsync(at.Idenfy.ApproveByMachineAsync(at.Scan));
        await at.SaysAsync(
            at.Idenfy.SuspectAsync(at.Scan, "DUPLICATE_FACE", "NAME", "free text: " + document.FirstName)
        );
        var bad =
            "{\"scanRef\":\""
            + document.Number
            + "\",\"clientId\":\""
            + document.LastName
            + "\",\"final\":true,\"status\":{\"overall\":\""
            + document.Number
            + "\"}}";
        (await at.PostCallbackAsync(bad, IdenfySignature.Sign(bad, KycPortal.SigningKey))).Expect(200);
        (await at.PostCallbackAsync(bad, "0")).Expect(400);
        var shown =
            (await asha.Browser.OpenAsync("/kyc")).Body
            + (await at.Portal.AdminAsync(HttpMethod.Get, "/admin/list-kyc-sessions")).Body;
        var rows = string.Join('\n', (await at.Portal.DumpAsync()).Values);
        var log = string.Join('\n', at.Portal.Log.Lines);
        Assert.Contains("DUPLICATE_FACE,NAME", rows, StringComparison.Ordinal);
        foreach (var text in document.PersonalTexts.Concat([token, KycPortal.SigningKey, "simulated-idenfy-secret"]))
        foreach (var place in new[] { shown, rows, log })
            Assert.DoesNotContain(text, place, StringComparison.Ordinal);
    }

    private static string Header(byte[] bytes) =>
        Encoding.Latin1.GetString(bytes).Replace('\r', '?').Replace('\n', '?').Replace('\0', '?');

    private static byte[] Mutate(Random random, byte[] bytes)
    {
        var changed = bytes.ToList();
        for (var times = random.Next(1, 4); times > 0; times--)
        {
            var place = random.Next(changed.Count);
            switch (random.Next(5))
            {
                case 0:
                    changed[place] = (byte)random.Next(256);
                    break;
                case 1:
                    changed[place] ^= (byte)(1 << random.Next(8));
                    break;
                case 2:
                    changed.RemoveRange(place, Math.Min(random.Next(1, 40), changed.Count - place));
                    break;
                case 3:
                    changed.InsertRange(place, Encoding.UTF8.GetBytes(Lines[random.Next(Lines.Length)]));
                    break;
                default:
                    changed.InsertRange(
                        random.Next(changed.Count),
                        changed.GetRange(place, Math.Min(random.Next(1, 200), changed.Count - place))
                    );
                    break;
            }
            if (changed.Count == 0)
                changed.Add((byte)random.Next(256));
        }
        return [.. changed];
    }
}
