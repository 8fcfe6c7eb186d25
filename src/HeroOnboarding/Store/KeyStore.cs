using System.Xml.Linq;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.Repositories;

namespace HeroOnboarding.Store;

/// <summary>
/// Keeps data-protection keys in the store, so that antiforgery tokens survive a restart and all instances share them.
/// </summary>
internal sealed class KeyStore(Database database, UnitOfWorkRunner writer) : IXmlRepository
{
    public IReadOnlyCollection<XElement> GetAllElements()
    {
        using var db = database.Read();
        return [.. db.Keys.AsEnumerable().Select(k => XElement.Parse(k.Xml))];
    }

    /// <summary>The interface is synchronous. The thread is blocked once in 90 days, when the key is rotated.</summary>
    public void StoreElement(XElement element, string friendlyName) =>
        Task.Run(() =>
                writer.RunAsync(
                    "keys.store",
                    SystemActors.Keys,
                    unit =>
                    {
                        unit.Db.Keys.Add(
                            new KeyRow { Name = friendlyName, Xml = element.ToString(SaveOptions.DisableFormatting) }
                        );
                        return Task.CompletedTask;
                    }
                )
            )
            .GetAwaiter()
            .GetResult();

    /// <summary>
    /// Registers the store as the key repository. With a certificate (DATA_PROTECTION_CERTIFICATE) the keys
    /// are stored encrypted.
    /// </summary>
    public static void Add(IServiceCollection services, StoreOptions store)
    {
        var protection = services.AddDataProtection().SetApplicationName("hero-onboarding");
        if (store.DataProtectionCertificate is { } certificate)
            protection.ProtectKeysWithCertificate(certificate);
        services
            .AddOptions<Microsoft.AspNetCore.DataProtection.KeyManagement.KeyManagementOptions>()
            .Configure<Database, UnitOfWorkRunner>(
                (options, database, writer) => options.XmlRepository = new KeyStore(database, writer)
            );
    }
}
