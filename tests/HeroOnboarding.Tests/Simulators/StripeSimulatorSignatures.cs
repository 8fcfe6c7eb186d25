using HeroOnboarding.Simulators.Stripe;
using Stripe;

namespace HeroOnboarding.Tests.Simulators;

/// <summary>The simulator's own signature against Stripe's vectors and library.</summary>
public sealed class StripeSimulatorSignatures
{
    private const string Body =
        """{"id":"evt_test_1","object":"event","type":"checkout.session.completed","data":{"object":"""
        + """{"id":"cs_test_1","object":"checkout.session","client_reference_id":"ord_1","payment_status":"paid"}}}""";
    private const string Versioned =
        """{"id":"evt_test_1","object":"event","api_version":"2026-10-28.endive","type":"checkout.session"""
        + """.completed","data":{"object":"""
        + """{"id":"cs_test_1","object":"checkout.session","client_reference_id":"ord_1","payment_status":"paid"}}}""";
    private static readonly DateTimeOffset Then = DateTimeOffset.FromUnixTimeSeconds(1700000000);

    [Theory]
    [InlineData(Body, "ec801a20fbf5104b3aa4a08ec7ae5baa90c4cfa192cb4e1f73112ff564339111")]
    [InlineData(Versioned, "2b5fbf7da2bdd54b3df7378a058c276a6ec41a03ec4a3fcabfff395f90d0675d")]
    public void The_known_vectors_come_out(string body, string signature) =>
        Assert.Equal(signature, StripeSignature.Sign(body, "whsec_test_secret", Then));

    [Fact]
    public void The_library_accepts_a_header_with_decoy_and_with_either_of_two_secrets()
    {
        var header = StripeSignature.Header(Versioned, Then, decoy: true, "whsec_new", "whsec_old");
        Assert.Matches("^t=1700000000,v1=[0-9a-f]{64},v1=[0-9a-f]{64},v0=[0-9a-f]{64}$", header);
        foreach (var secret in new[] { "whsec_new", "whsec_old" })
            Assert.Equal("evt_test_1", EventUtility.ConstructEvent(Versioned, header, secret, 300, 1700000300).Id);
        Assert.Throws<StripeException>(() => EventUtility.ConstructEvent(Versioned, header, "decoy", 300, 1700000000));
        Assert.Throws<StripeException>(() =>
            EventUtility.ConstructEvent(Versioned, header, "whsec_new", 300, 1700000301)
        );
    }
}
