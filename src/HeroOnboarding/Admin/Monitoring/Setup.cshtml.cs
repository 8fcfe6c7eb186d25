using HeroOnboarding.Accounts.Forge;
using HeroOnboarding.Configuration;
using HeroOnboarding.Credit;
using HeroOnboarding.Deployer;
using HeroOnboarding.Plans;
using HeroOnboarding.Store;
using HeroOnboarding.Web;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace HeroOnboarding.Admin.Monitoring;

/// <summary>
/// <c>/admin/setup</c>: the configuration, the features with the reason why one is off, and the values to copy into
/// other systems.
/// </summary>
public sealed class SetupModel(
    LoadedOptions options,
    PortalOptions portal,
    StoreOptions store,
    Database database,
    Catalogue catalogue,
    Webhooks webhooks,
    WebhookSilence silence,
    IEnumerable<IProviderWebhook> providers,
    TimeProvider clock
) : PageModel
{
    private const int LongestValue = 80;

    public PortalOptions Portal => portal;
    public IReadOnlyList<string> NearMisses => options.NearMisses;
    public ForgeOptions Forge => options.Get<ForgeOptions>();
    public DeployerOptions Deployer => options.Get<DeployerOptions>();

    /// <summary>The payment providers that are on.</summary>
    public IReadOnlyList<IPaymentOptions> Payments { get; } = [.. options.All<IPaymentOptions>().Where(p => p.IsOn)];

    public IReadOnlyList<Feature> Features { get; } = Web.Features.All(options);
    public IReadOnlyList<PlanConfig> Plans => catalogue.Plans;
    public string DatabaseKind => database.Name == "sqlite" ? $"SQLite, one file in {store.DataDir}" : "PostgreSQL";
    public string Version => Health.Version;
    public string RedirectUri => portal.Link(ForgeSignIn.CallbackPath);

    /// <summary>The providers' webhooks: the addresses to copy, and whether calls arrive.</summary>
    public IReadOnlyList<WebhookState> Hooks { get; private set; } = [];

    public async Task OnGetAsync(CancellationToken cancel)
    {
        await using var db = database.Read();
        var silent = (await silence.FindAsync(db, clock.Now(), cancel)).ToDictionary(w => w.Provider, w => w.Text);
        var hooks = new List<WebhookState>();
        foreach (var provider in providers)
            hooks.Add(
                new(
                    provider.DisplayName,
                    portal.Link("/webhooks/" + provider.Provider),
                    provider.IsOn,
                    await webhooks.ReadAsync(db, provider.Provider, cancel),
                    silent.GetValueOrDefault(provider.Provider)
                )
            );
        Hooks = hooks;
    }

    /// <summary>
    /// The origin in the operator's browser. Links for other people are built from PUBLIC_BASE_URL instead.
    /// </summary>
    public string SeenAt => $"{Request.Scheme}://{Request.Host}";

    public bool BaseUrlFits => string.Equals(SeenAt, portal.Origin, StringComparison.OrdinalIgnoreCase);

    public IEnumerable<IGrouping<string, SettingState>> SettingGroups =>
        options.Descriptions.Select(Of).GroupBy(s => s.Description.Group);

    private SettingState Of(SettingDescription description)
    {
        var value = options.Shown(description.Name);
        var state =
            value is not null && value == description.Default ? "default"
            : options.IsGiven(description.Name) ? "set"
            : "unset";
        return new(description, state, value is { Length: > LongestValue } ? null : value);
    }
}
