using System.Text;
using HeroOnboarding.Configuration;
using HeroOnboarding.Credit.Stripe;
using HeroOnboarding.Tests.Support;
using Microsoft.Extensions.Time.Testing;

namespace HeroOnboarding.Tests.Credit;

/// <summary>Checks of Stripe's signature (Stripe documentation, webhook signatures).</summary>
public sealed class StripeSignatures
{
    private const string Plain =
        """{"id":"evt_test_1","object":"event","type":"checkout.session.completed","data":{"object":"""
        + """{"id":"cs_test_1","object":"checkout.session","client_reference_id":"ord_1","payment_status":"paid"}}}""";
    private const string Versioned =
        """{"id":"evt_test_1","object":"event","api_version":"2026-10-28.endive","type":"checkout.session"""
        + """.completed","data":{"object":"""
        + """{"id":"cs_test_1","object":"checkout.session","client_reference_id":"ord_1","payment_status":"paid"}}}""";
    private const string Mac = "ec801a20fbf5104b3aa4a08ec7ae5baa90c4cfa192cb4e1f73112ff564339111";
    private const string VersionedMac = "2b5fbf7da2bdd54b3df7378a058c276a6ec41a03ec4a3fcabfff395f90d0675d";
    private static readonly DateTimeOffset Then = DateTimeOffset.FromUnixTimeSeconds(1700000000);
    private static readonly Secret[] Keys = [new("whsec_test_secret")];

    [Theory]
    [InlineData(Plain, 191, Mac)]
    [InlineData(Versioned, 225, VersionedMac)]
    public void The_known_vectors_are_accepted(string body, int bytes, string mac)
    {
        Assert.Equal(bytes, Encoding.UTF8.GetByteCount(body));
        Assert.Equal(body, Verify(body, $"t=1700000000,v1={mac}", Then));
        Assert.NotNull(StripeEventReader.Read(body, live: false)!.Fact);
    }

    [Theory]
    [InlineData(-301, false)]
    [InlineData(-300, true)]
    [InlineData(300, true)]
    [InlineData(301, false)]
    public void A_signature_is_good_for_five_minutes_either_way(int seconds, bool good) =>
        Assert.Equal(good, Verify(Plain, $"t=1700000000,v1={Mac}", Then.AddSeconds(seconds)) is not null);

    [Theory]
    [InlineData("")]
    [InlineData("t=1700000000")]
    [InlineData("v1=" + Mac)]
    [InlineData("t=1700000000,v0=" + Mac)]
    [InlineData("t=1700000001,v1=" + Mac)]
    [InlineData("t=1700000000,v1=" + VersionedMac)]
    [InlineData("t=1700000000,v1=")]
    [InlineData("t=1700000000 v1=" + Mac)]
    [InlineData("t=,v1=" + Mac)]
    [InlineData("t=99999999999999999999999,v1=" + Mac)]
    [InlineData(",,,===")]
    [InlineData("garbage")]
    public void Anything_else_is_a_no_whatever_the_library_throws(string header) =>
        Assert.Null(Verify(Plain, header, Then));

    [Fact]
    public void A_time_that_is_no_number_is_a_no_even_when_it_is_signed()
    {
        var mac = Convert.ToHexStringLower(
            System.Security.Cryptography.HMACSHA256.HashData(
                "whsec_test_secret"u8,
                Encoding.UTF8.GetBytes("soon." + Plain)
            )
        );
        Assert.Null(Verify(Plain, $"t=soon,v1={mac}", Then));
    }

    [Fact]
    public void Several_signatures_and_two_of_our_secrets_are_looked_through()
    {
        Assert.NotNull(Verify(Plain, $"t=1700000000,v1={VersionedMac},v1={Mac},v0=00", Then));
        Assert.NotNull(
            StripeWebhook.Verify(
                Encoding.UTF8.GetBytes(Plain),
                $"t=1700000000,v1={Mac}",
                [new("whsec_another"), .. Keys],
                Then
            )
        );
        Assert.Null(
            StripeWebhook.Verify(Encoding.UTF8.GetBytes(Plain), $"t=1700000000,v1={Mac}", [new("whsec_another")], Then)
        );
        Assert.Null(
            StripeWebhook.Verify([.. Encoding.UTF8.GetBytes(Plain), 0xff], $"t=1700000000,v1={Mac}", Keys, Then)
        );
    }

    [Theory, BothDatabases]
    public async Task Over_HTTP_the_vector_is_taken_and_a_changed_byte_is_not(Db db)
    {
        await using var paying = await Paying.StartAsync(
            db,
            new Dictionary<string, string?> { ["STRIPE_WEBHOOK_SIGNING_KEY"] = "whsec_test_secret" },
            clock: new FakeTimeProvider(Then)
        );
        var before = await paying.Portal.FactsAsync();
        foreach (
            var (body, header) in new[]
            {
                (Plain, null),
                (Plain, "t=1700000000,v1=" + VersionedMac),
                (Plain.Replace("ord_1", "ord_2", StringComparison.Ordinal), "t=1700000000,v1=" + Mac),
                (Plain + " ", "t=1700000000,v1=" + Mac),
            }
        )
        {
            var reply = await paying.Stripe.SendAsync(body, header);
            Assert.Equal(400, reply.Status);
            Assert.Contains(Refusals.WebhookSignature.Code, reply.Answer, StringComparison.Ordinal);
        }
        Assert.Equal(before, await paying.Portal.FactsAsync());
        Assert.Equal(200, (await paying.Stripe.SendAsync(Plain, "t=1700000000,v1=" + Mac)).Status);
        await paying.ExpectBooksAsync(0);
    }

    [Fact]
    public async Task Both_secrets_are_good_during_a_rotation()
    {
        await using var paying = await Paying.StartAsync(
            environment: new Dictionary<string, string?>
            {
                ["STRIPE_WEBHOOK_SIGNING_KEY"] = "whsec_the_new_one",
                ["STRIPE_WEBHOOK_SIGNING_KEY_NEXT"] = Paying.Secret,
            }
        );
        var (_, checkout) = await paying.OpenAsync();
        Assert.Equal("credited", await paying.TellAsync(paying.Stripe.Pay(checkout)));
    }

    private static string? Verify(string body, string header, DateTimeOffset now) =>
        StripeWebhook.Verify(Encoding.UTF8.GetBytes(body), header, Keys, now);
}
