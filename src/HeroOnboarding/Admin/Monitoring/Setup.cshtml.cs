using HeroOnboarding.Accounts.Forge;
using HeroOnboarding.Plans;
using HeroOnboarding.Store;
using HeroOnboarding.Web;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace HeroOnboarding.Admin.Monitoring;

/// <summary>
/// <c>/admin/setup</c>: what this portal is made of, which parts are on and why not, what to copy into other systems.
/// </summary>
public sealed class SetupModel(
    Settings settings,
    Database database,
    Catalogue catalogue,
    Webhooks webhooks,
    TimeProvider clock
) : PageModel
{
    private const int LongestValue = 80;

    public Settings Settings => settings;
    public IReadOnlyList<Feature> Features { get; } = Web.Features.All(settings);
    public IReadOnlyList<PlanConfig> Plans => catalogue.Plans;
    public string DatabaseKind => database.Name == "sqlite" ? $"SQLite, one file in {settings.DataDir}" : "PostgreSQL";
    public string Version => Health.Version;
    public string RedirectUri => settings.Link(ForgeSignIn.CallbackPath);

    /// <summary>The providers' webhooks: what to copy, and whether calls arrive.</summary>
    public IReadOnlyList<WebhookState> Hooks { get; private set; } = [];

    public async Task OnGetAsync(CancellationToken cancel)
    {
        await using var db = database.Read();
        var silent = (await WebhookSilence.FindAsync(db, webhooks, settings, clock.Now(), cancel)).ToDictionary(
            w => w.Provider,
            w => w.Text
        );
        async Task<WebhookState> HookAsync(string label, string provider, bool on) =>
            new(
                label,
                settings.Link("/webhooks/" + provider),
                on,
                await webhooks.ReadAsync(db, provider, cancel),
                silent.GetValueOrDefault(provider)
            );
        Hooks =
        [
            await HookAsync("Stripe", "stripe", settings.Stripe is not null),
            await HookAsync("iDenfy", "idenfy", settings.Idenfy is not null),
        ];
    }

    /// <summary>
    /// The address in the operator's browser; the links that others get are made from PUBLIC_BASE_URL.
    /// </summary>
    public string SeenAt => $"{Request.Scheme}://{Request.Host}";

    public bool BaseUrlFits => string.Equals(SeenAt, settings.Origin, StringComparison.OrdinalIgnoreCase);

    public IEnumerable<IGrouping<string, SettingState>> SettingGroups =>
        Settings.Descriptions.Select(Of).GroupBy(s => s.Description.Group);

    private SettingState Of(SettingDescription description)
    {
        var value = settings.Raw(description.Name);
        var state =
            !settings.IsSet(description.Name) ? "unset"
            : value is not null && value == description.Default ? "default"
            : "set";
        return new(description, state, value is { Length: > LongestValue } ? null : value);
    }
}
