using HeroOnboarding.Accounts;
using HeroOnboarding.Credit;
using HeroOnboarding.Kyc;
using HeroOnboarding.Pool;
using HeroOnboarding.Vms;
using Microsoft.AspNetCore.Html;
using Microsoft.AspNetCore.Mvc.Rendering;

namespace HeroOnboarding.Admin;

/// <summary>States as labelled badges. The label alone is sufficient; the colour is an addition.</summary>
public static class Badge
{
    /// <param name="tone"><c>good</c>, <c>warn</c>, <c>bad</c>, or empty.</param>
    public static IHtmlContent Of(string label, string tone = "")
    {
        var badge = new TagBuilder("span");
        badge.AddCssClass(("badge " + tone).TrimEnd());
        badge.InnerHtml.Append(label);
        return badge;
    }

    public static IHtmlContent Of(AllocationStatus status) =>
        Of(
            status.ToString(),
            status switch
            {
                AllocationStatus.Active => "good",
                AllocationStatus.Pending => "warn",
                AllocationStatus.Failed => "bad",
                _ => "",
            }
        );

    public static IHtmlContent Of(KycStatus status) => Of(KycBadge.Of(status).Label, KycBadge.Of(status).Tone);

    public static IHtmlContent Of(PaymentState state) =>
        Of(
            Word(state),
            state switch
            {
                PaymentState.Credited => "good",
                PaymentState.Checking => "warn",
                _ => "",
            }
        );

    public static string Word(PaymentState state) => state == PaymentState.NotPaid ? "Not paid" : state.ToString();

    public static IHtmlContent Of(SuspenseState state) =>
        Of(state.ToString(), state == SuspenseState.Open ? "bad" : "");

    public static IHtmlContent Of(PoolState state) =>
        Of(
            state.ToString(),
            state switch
            {
                PoolState.Free => "good",
                PoolState.Recycling or PoolState.Unproven => "warn",
                PoolState.Quarantined => "bad",
                _ => "",
            }
        );

    /// <summary>"01KB00Q7…X3": a shortened text; the title attribute beside it has the whole.</summary>
    public static string Short(string? text, int most = 12) =>
        text is null ? "—"
        : text.Length <= most ? text
        : text[..(most - 4)] + "…" + text[^2..];
}
