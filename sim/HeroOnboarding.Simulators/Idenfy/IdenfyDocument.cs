using System.Security.Cryptography;
using System.Text;

namespace HeroOnboarding.Simulators.Idenfy;

/// <summary>
/// The passport of the verified person. The callback contains all of it; a portal should store none of it.
/// </summary>
public sealed record IdenfyDocument
{
    /// <summary><c>docNumber</c>.</summary>
    public required string Number { get; init; }

    /// <summary><c>docPersonalCode</c>.</summary>
    public required string PersonalCode { get; init; }

    /// <summary><c>docIssuingCountry</c>, alpha-2.</summary>
    public string Country { get; init; } = "TZ";

    /// <summary><c>docFirstName</c>, upper case.</summary>
    public string FirstName { get; init; } = "ŠILVIJA-NEEMA";

    /// <summary><c>docLastName</c>, upper case.</summary>
    public string LastName { get; init; } = "SIMULATSDOTTIR";

    /// <summary><c>docDob</c>.</summary>
    public DateOnly BirthDate { get; init; } = new(1987, 3, 19);

    /// <summary><c>docExpiry</c>.</summary>
    public DateOnly Expiry { get; init; } = new(2041, 8, 27);

    /// <summary><c>birthPlace</c>.</summary>
    public string BirthPlace { get; init; } = "ŠILUVA-BAGAMOYO";

    /// <summary><c>address</c>.</summary>
    public string Address { get; init; } = "14 SIMULATION STREET";

    /// <summary>
    /// All texts of the document and of the photos' addresses, which must not appear in any store, log or page.
    /// </summary>
    public IReadOnlyList<string> PersonalTexts =>
        [
            Number,
            PersonalCode,
            FirstName,
            LastName,
            $"{BirthDate:yyyy-MM-dd}",
            $"{Expiry:yyyy-MM-dd}",
            BirthPlace,
            Address,
            IdenfyCallbackBody.PhotoHost,
            IdenfyCallbackBody.ClientIp,
        ];

    /// <summary>The passport of this client: always the same, and different for each client.</summary>
    public static IdenfyDocument Of(string clientId)
    {
        var digest = SHA256.HashData(Encoding.UTF8.GetBytes(clientId));
        return new IdenfyDocument
        {
            Number = $"SIMP{BitConverter.ToUInt32(digest) % 1_000_000_000:D9}",
            PersonalCode = $"{BitConverter.ToUInt64(digest, 8) % 100_000_000_000:D11}",
        };
    }
}
