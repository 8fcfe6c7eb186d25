using System.Security.Cryptography;

namespace HeroOnboarding.Simulators.Stripe;

/// <summary>Ids of objects: a prefix for the kind, then random letters and digits.</summary>
internal static class StripeId
{
    private const string Alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

    public static string New(string prefix, int length) => prefix + RandomNumberGenerator.GetString(Alphabet, length);
}
