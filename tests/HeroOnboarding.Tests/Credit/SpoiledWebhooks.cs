using System.Text;
using HeroOnboarding.Simulators.Stripe;
using HeroOnboarding.Tests.Support;
using HeroOnboarding.Web;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;

namespace HeroOnboarding.Tests.Credit;

/// <summary>
/// A call to the webhook without a valid signature writes nothing; one with a valid signature never fails, whatever its
/// body.
/// </summary>
public sealed class SpoiledWebhooks
{
    private static readonly string[] Pieces =
    [
        "\"",
        "\\u0000",
        "\\ud800",
        "{",
        "[",
        "]",
        ",",
        ":",
        "null",
        "-",
        "e99",
        "\0",
        "\u202e",
        "paid",
        "live",
        "0",
    ];

    [Fact]
    public async Task Ten_thousand_spoiled_ones_are_refused_and_write_nothing()
    {
        await using var paying = await Paying.StartAsync();
        var (_, checkout) = await paying.OpenAsync();
        var told = paying.Stripe.Pay(checkout);
        var body = Encoding.UTF8.GetBytes(told.Payload);
        var header = paying.Stripe.Sign(told.Payload);
        var before = await paying.Portal.FactsAsync();
        var random = new Random(20261124);
        using var door = new HttpMessageInvoker(
            ((TestServer)paying.Portal.Services.GetRequiredService<IServer>()).CreateHandler()
        );
        for (var i = 0; i < 10_000; i++)
        {
            var (sent, signature) = Spoil(random, body, header);
            if (IsAsGood(sent, body, signature, header))
                continue;
            var (status, answer) = await SendAsync(door, sent, signature);
            Assert.True(
                status == 400 && answer.Contains(Refusals.WebhookSignature.Code, StringComparison.Ordinal),
                $"{i}: {status} {answer} for {signature} {Encoding.UTF8.GetString(sent)}"
            );
        }
        Assert.Equal(before, await paying.Portal.FactsAsync());
        Assert.Equal("credited", await paying.TellAsync(told));
    }

    /// <summary>Bodies that are no event of Stripe, or one with impossible values.</summary>
    private static readonly string[] NotEvents =
    [
        "",
        " ",
        "null",
        "5",
        "[]",
        "{}",
        "\"x\"",
        "{\"id\":5,\"type\":[]}",
        "{\"id\":\"evt_1\",\"type\":\"checkout.session.completed\"}",
        "{\"id\":\"evt_1\",\"type\":\"checkout.session.completed\",\"data\":5}",
        "{\"id\":\"evt_2\",\"type\":\"checkout.session.completed\","
            + "\"data\":{\"object\":{\"object\":\"checkout.session\",\"id\":\"cs_1\"}}}",
        "{\"id\":\"evt_3\",\"type\":\"checkout.session.completed\",\"livemode\":false,"
            + "\"data\":{\"object\":{\"object\":\"checkout.session\",\"id\":\"cs_2\",\"livemode\":false,"
            + "\"payment_status\":\"paid\",\"currency\":\"usd\",\"amount_total\":9223372036854775807}}}",
        "{\"id\":\"evt_4\",\"type\":\"checkout.session.completed\",\"livemode\":false,"
            + "\"data\":{\"object\":{\"object\":\"checkout.session\",\"id\":\"cs_3\",\"livemode\":false,"
            + "\"payment_status\":\"paid\",\"currency\":\"u\\u0000d\",\"amount_total\":1e400,"
            + "\"client_reference_id\":\"\\u0000\",\"payment_intent\":\"\\u0000\"}}}",
        "{\"id\":\"evt_5\",\"id\":\"evt_6\",\"type\":\"x\"}",
        "{\"id\":\"\\ud800\",\"type\":\"x\"}",
        "{\"id\":\"evt_7\",\"type\":\"\\u0000\"}",
        new string('[', 200_000),
        "{\"id\":\"" + new string('x', 5000) + "\",\"type\":\"x\"}",
    ];

    [Theory, BothDatabases]
    public async Task Signed_bodies_that_are_no_event_credit_no_account(Db db)
    {
        await using var paying = await Paying.StartAsync(db);
        var (_, checkout) = await paying.OpenAsync();
        paying.Stripe.Twist(checkout, StripeTwist.PaymentStatus("unpaid"));
        var body = Encoding.UTF8.GetBytes(paying.Stripe.PayLater(checkout).Payload);
        var random = new Random(11);
        var bodies = NotEvents
            .Select(Encoding.UTF8.GetBytes)
            .Concat(Enumerable.Range(0, db == Db.Sqlite ? 2000 : 400).Select(_ => SpoilBytes(random, body)));
        foreach (var sent in bodies)
        {
            string text;
            try
            {
                text = new UTF8Encoding(false, true).GetString(sent);
            }
            catch (ArgumentException)
            {
                continue;
            }
            var reply = await paying.Stripe.SendAsync(text, paying.Stripe.Sign(text));
            Assert.True(reply.Status is 200 or 400, $"{reply.Status} {reply.Answer} for {text}");
        }
        await paying.ExpectBooksAsync(0);
    }

    [Fact]
    public async Task A_body_past_the_limit_is_413()
    {
        await using var paying = await Paying.StartAsync();
        Assert.Equal(
            413,
            (await paying.Stripe.SendAsync(new string(' ', (int)BodyLimit.Webhook + 1), "t=1,v1=00")).Status
        );
    }

    /// <summary>
    /// Some changes change nothing: a v0, the order of the parts, one more signature beside the good one.
    /// </summary>
    private static bool IsAsGood(byte[] sent, byte[] body, string? signature, string header)
    {
        var (time, mac) = (header.Split(',')[0], header.Split(',')[1]);
        return sent.AsSpan().SequenceEqual(body)
            && signature is not null
            && signature.Contains(time[..^1], StringComparison.Ordinal)
            && signature.Contains(mac, StringComparison.Ordinal);
    }

    private static (byte[] Body, string? Header) Spoil(Random random, byte[] body, string header) =>
        random.Next(10) switch
        {
            0 => (body, null),
            1 => (body, Encoding.Latin1.GetString(SpoilBytes(random, Encoding.Latin1.GetBytes(header)))),
            2 => (
                SpoilBytes(random, body),
                Encoding.Latin1.GetString(SpoilBytes(random, Encoding.Latin1.GetBytes(header)))
            ),
            _ => (SpoilBytes(random, body), header),
        };

    private static byte[] SpoilBytes(Random random, byte[] text)
    {
        var bytes = text.ToList();
        for (var times = random.Next(1, 5); times > 0; times--)
        {
            var at = random.Next(bytes.Count);
            var length = Math.Min(random.Next(1, 20), bytes.Count - at);
            switch (random.Next(5))
            {
                case 0:
                    bytes[at] = (byte)(bytes[at] + random.Next(1, 256));
                    break;
                case 1:
                    bytes.Insert(at, (byte)random.Next(256));
                    break;
                case 2 when bytes.Count > length:
                    bytes.RemoveRange(at, length);
                    break;
                case 3:
                    bytes.InsertRange(at, bytes.GetRange(at, length));
                    break;
                default:
                    bytes.InsertRange(at, Encoding.UTF8.GetBytes(Pieces[random.Next(Pieces.Length)]));
                    break;
            }
        }
        return [.. bytes];
    }

    private static async Task<(int Status, string Answer)> SendAsync(
        HttpMessageInvoker door,
        byte[] body,
        string? signature
    )
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(Portal.Base, "/webhooks/stripe"))
        {
            Content = new ByteArrayContent(body),
        };
        request.Content.Headers.TryAddWithoutValidation("Content-Type", "application/json");
        if (signature is not null)
            request.Headers.TryAddWithoutValidation("Stripe-Signature", signature);
        using var response = await door.SendAsync(request, CancellationToken.None);
        return ((int)response.StatusCode, await response.Content.ReadAsStringAsync());
    }
}
