using HeroOnboarding.Web;

namespace HeroOnboarding.Shared;

/// <summary>The page where a customer can do something about a refusal.</summary>
public sealed record NextStep(string Href, string Label)
{
    /// <returns>Null where nothing on this site helps.</returns>
    public static NextStep? After(Refusal refusal) =>
        refusal.Code switch
        {
            "kyc.required" => new("/kyc", "Verify identity"),
            "kyc.done" => new("/plans", "Choose a plan"),
            "plan.required" or "plan.unknown" => new("/plans", "Choose a plan"),
            "credit.insufficient" or "credit.owed" => new("/credit", "Add credit"),
            "topup.amount" or "payment.unavailable" or "payment.too_many_open" or "payment.not_open" => new(
                "/credit",
                "To your credit"
            ),
            "plan.renewed" or "plan.started" or "plan.not_larger" => new("/plan", "To your plan"),
            "plan.already_active" => new("/dashboard", "To your machines"),
            "quota.exhausted" => new("/dashboard#services", "Your machines"),
            "proof.required" => new("/account/prove", "Show that it is you"),
            "identity.taken" or "identity.linked" or "identity.last" or "identity.not_linked" or "identity.too_new" =>
                new("/account#ways", "To your account"),
            "challenge.failed" or "signin.failed" => new("/login", "To the sign-in page"),
            "operator.unknown" => new("/dashboard", "To your machines"),
            "session.required" => new("/login", "Sign in"),
            _ => null,
        };
}
