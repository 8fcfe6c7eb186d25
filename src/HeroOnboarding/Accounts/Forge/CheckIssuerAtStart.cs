using HeroOnboarding.Configuration;
using HeroOnboarding.Store;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Accounts.Forge;

/// <summary>
/// Subjects are unique only per issuer. The portal refuses to start if its store holds identities of another Forge,
/// because an equal subject would open another customer's account.
/// </summary>
public sealed class CheckIssuerAtStart(ForgeOptions forge, Database database, UnitOfWorkRunner writer)
{
    private const string Key = "forge.issuer";

    /// <exception cref="SettingsException">The store was used with another issuer.</exception>
    public async Task RunAsync(CancellationToken cancel)
    {
        if (!forge.IsOn)
            return;
        var issuer = forge.Url.ToString().TrimEnd('/');
        await using var db = database.Read();
        var stored =
            (await db.Meta.FirstOrDefaultAsync(m => m.Key == Key, cancel))?.Value
            ?? (
                await writer.RunAsync<string>(
                    "store.issuer",
                    SystemActors.Start,
                    async unit =>
                    {
                        await unit.Db.Database.ExecuteSqlRawAsync(
                            "INSERT INTO meta (key, value) VALUES ({0}, {1}) ON CONFLICT (key) DO NOTHING",
                            Key,
                            issuer
                        );
                        unit.Note(null, new { issuer });
                        // Read back: another instance may have stored another issuer first.
                        return (await unit.Db.Meta.AsNoTracking().SingleAsync(m => m.Key == Key)).Value;
                    },
                    cancel
                )
            ).Value;
        if (stored != issuer)
            throw new SettingsException(
                $"FORGE_URL is {issuer} but the accounts in this store belong to {stored}; ids of another Forge could "
                    + "open the wrong accounts."
            );
    }
}
