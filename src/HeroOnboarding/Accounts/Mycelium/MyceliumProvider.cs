using HeroOnboarding.Configuration;
using HeroOnboarding.Store;
using HeroOnboarding.Web;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Accounts.Mycelium;

/// <summary>Sign-in by proof of control over a Mycelium address.</summary>
public sealed class MyceliumProvider : IProvider
{
    public Type OptionsType => typeof(MyceliumOptions);

    public void Add(IServiceCollection services, LoadedOptions options)
    {
        services.AddRefusals("Sign-in with Mycelium", typeof(MyceliumRefusals));
        services.AddExpiredRows(
            "sign-in codes",
            (db, now) => db.LoginChallenges.Where(c => c.ExpiresAt < now.AddDays(-1)).ExecuteDeleteAsync()
        );
        services.AddSingleton<MyceliumDaemon>();
        services.AddSingleton<StartChallenge>();
        services.AddSingleton<KnownBrowser>();
        services.AddSingleton<AnswerChallenge>();
    }

    public void Map(IEndpointRouteBuilder app) => MyceliumRoutes.Routes(app);

    public IEnumerable<ConnectionCheck> Connections(LoadedOptions options)
    {
        if (options.Get<MyceliumOptions>().Api is { } api)
            yield return new("MYCELIUM_API_URL", (outgoing, cancel) => AskAsync(api, outgoing, cancel));
    }

    private static async Task<ConnectionResult> AskAsync(MyceliumApi api, Outgoing outgoing, CancellationToken cancel)
    {
        using var client = api.SocketPath is { } socket ? outgoing.ClientOf(socket) : outgoing.Client();
        using var response = await client.GetAsync(new Uri(api.BaseAddress, "/api/v1/admin"), cancel);
        return response.IsSuccessStatusCode
            ? new(true, "the daemon answers.")
            : new(false, $"answers {(int)response.StatusCode}. Is this the API of a Mycelium daemon?");
    }
}
