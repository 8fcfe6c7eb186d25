using HeroOnboarding.Web;

namespace HeroOnboarding.Shared;

/// <summary>The page where a customer can do something about a refusal.</summary>
public sealed record NextStep(string Href, string Label)
{
    /// <returns>Null where nothing on this site helps.</returns>
    public static NextStep? After(Refusal refusal) => refusal.Code switch
    {
        "kyc.required" => new("/kyc", "Verify identity"),
        "kyc.done" => new("/plans", "Choose a plan"),
        "plan.required" or "plan.unknown" => new("/plans", "Choose a plan"),
        "credit.insufficient" or "credit.owed" => new("/credit", "Add credit"),
        "topup.amount" or "payment.unavailable" or "payment.too_many_open" or "payment.not_open" => new("/credit", "To your credit"),
        "plan.renewed" or "plan.started" or "plan.not_larger" => new("/plan", "To your plan"),
        "plan.already_active" => new("/dashboard", "To your machines"),
        "quota.exhausted" => new("/dashboard#services", "Your machines"),
        "operator.unknown" => new("/dashboard", "To your machines"),
        "session.required" => new("/login", "Sign in"),
        _ => null,
    };
}
