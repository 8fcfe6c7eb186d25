using HeroOnboarding.Configuration;
using HeroOnboarding.Web;

namespace HeroOnboarding.Kyc.Idenfy;

/// <summary>Identity checks by iDenfy.</summary>
public sealed class IdenfyProvider : IProvider
{
    public Type OptionsType => typeof(IdenfyOptions);

    public void Add(IServiceCollection services, LoadedOptions options)
    {
        services.AddSingleton<IdenfyWebhook>();
        services.AddSingleton<IProviderWebhook>(sp => sp.GetRequiredService<IdenfyWebhook>());
        if (options.Get<IdenfyOptions>().IsOn)
            services.AddSingleton<IVerifier, IdenfyVerifier>();
    }

    public void Map(IEndpointRouteBuilder app) =>
        Webhooks
            .Mark(
                app.MapPost("/webhooks/idenfy", IdenfyWebhook.ReceiveAsync),
                new(IdenfyCallback.Header, "HMAC-SHA256 of the body, hexadecimal.")
            )
            .WithSummary("iDenfy's callbacks.")
            .Produces(200);

    public IEnumerable<ConnectionCheck> Connections(LoadedOptions options)
    {
        if (options.Get<IdenfyOptions>() is { IsOn: true } idenfy)
            yield return ConnectionCheck.Answers(
                "IDENFY_API_URL",
                idenfy.ApiUrl,
                "The key is tried with the first check."
            );
    }
}
