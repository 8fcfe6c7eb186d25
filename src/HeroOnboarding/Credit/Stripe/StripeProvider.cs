using System.Net.Http.Headers;
using HeroOnboarding.Configuration;
using HeroOnboarding.Web;

namespace HeroOnboarding.Credit.Stripe;

/// <summary>Payments by card with Stripe Checkout.</summary>
public sealed class StripeProvider : IProvider
{
    public Type OptionsType => typeof(StripeOptions);

    public void Add(IServiceCollection services, LoadedOptions options)
    {
        services.AddSingleton<StripeWebhook>();
        services.AddSingleton<IProviderWebhook>(sp => sp.GetRequiredService<StripeWebhook>());
        if (options.Get<StripeOptions>().IsOn)
            services.AddSingleton<IPayments, StripePayments>();
    }

    public void Map(IEndpointRouteBuilder app) =>
        Webhooks
            .Mark(
                app.MapPost("/webhooks/stripe", StripeWebhook.ReceiveAsync),
                new("Stripe-Signature", "Stripe's signature of the body, with its time.")
            )
            .WithSummary("Events of Stripe.")
            .Produces<StripeWebhook.Answered>();

    public IEnumerable<ConnectionCheck> Connections(LoadedOptions options)
    {
        if (options.Get<StripeOptions>() is { IsOn: true } stripe)
            yield return new("STRIPE_SECRET_KEY", (outgoing, cancel) => ListAsync(stripe, outgoing, cancel));
    }

    /// <summary>
    /// Lists one checkout, which requires no more permissions than creating one
    /// (https://docs.stripe.com/api/checkout/sessions/list).
    /// </summary>
    private static async Task<ConnectionResult> ListAsync(
        StripeOptions stripe,
        Outgoing outgoing,
        CancellationToken cancel
    )
    {
        using var client = outgoing.Client();
        using var request = new HttpRequestMessage(
            HttpMethod.Get,
            new Uri(stripe.ApiUrl, "/v1/checkout/sessions?limit=1")
        );
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", stripe.SecretKey!.Reveal());
        using var response = await client.SendAsync(request, cancel);
        return (int)response.StatusCode switch
        {
            200 => new(true, "Stripe answers and takes the key."),
            401 => new(false, "Stripe does not know this key (401). Copy it again from the dashboard."),
            403 => new(
                false,
                "Stripe takes the key but it may not read checkouts (403). A restricted key needs "
                    + "Checkout Sessions: write."
            ),
            429 => new(true, "Stripe answers (429, too many requests); the key was not tried."),
            var status => new(false, $"Stripe answers {status}. Is STRIPE_API_URL right?"),
        };
    }
}
