using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using HeroOnboarding.Configuration;
using HeroOnboarding.Store.Postgres;

namespace HeroOnboarding.Store;

/// <summary>Settings of the store.</summary>
[Category("Store")]
public sealed class StoreOptions : IValidatableObject
{
    [ConfigurationKeyName("DATA_DIR"), DefaultValue("data")]
    [Description("Folder of the SQLite file.")]
    public string DataDir { get; init; } = null!;

    [ConfigurationKeyName("DATABASE_URL")]
    [Description("postgres://user:password@host:port/database; then SQLite is not used. Run 'migrate' before 'serve'.")]
    public Secret? DatabaseUrl { get; init; }

    [ConfigurationKeyName("DATA_PROTECTION_CERTIFICATE"), PemCertificate]
    [Description("PEM file with certificate and private key that encrypts the form-token keys kept in the store.")]
    public X509Certificate2? DataProtectionCertificate { get; init; }

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (DatabaseUrl is null)
            return [];
        try
        {
            PostgresUrl.Read(DatabaseUrl.Reveal());
            return [];
        }
        catch (SettingsException e)
        {
            return [new(e.Message)];
        }
    }
}

/// <summary>Reads a PEM file with a certificate and its private key.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class PemCertificateAttribute : SettingConverterAttribute
{
    public override object? Convert(string name, string text, ICollection<string> mistakes)
    {
        try
        {
            return X509Certificate2.CreateFromPemFile(text);
        }
        catch (Exception e) when (e is CryptographicException or IOException or UnauthorizedAccessException)
        {
            mistakes.Add($"{name}: cannot read a certificate with its private key from '{text}'.");
            return null;
        }
    }
}
