using System.Xml.Linq;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.Repositories;

namespace HeroOnboarding.Store;

/// <summary>
/// Keeps data-protection keys in the store, so that antiforgery tokens survive a restart and are shared by all
/// instances.
/// </summary>
internal sealed class KeyStore(Database database, UnitOfWorkRunner writer) : IXmlRepository
{
    public IReadOnlyCollection<XElement> GetAllElements()
    {
        using var db = database.Read();
        return [.. db.Keys.AsEnumerable().Select(k => XElement.Parse(k.Xml))];
    }

    /// <summary>The interface is synchronous; this runs once in 90 days.</summary>
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
    /// Keys live in the store; with a certificate (DATA_PROTECTION_CERTIFICATE) they are encrypted there as well.
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
