using HeroOnboarding.Simulators.Web;

namespace HeroOnboarding.Simulators.Stripe;

/// <summary>The pages for payers.</summary>
internal static class StripePages
{
    /// <summary>Name of the form field with the choice; its values follow.</summary>
    public const string Choice = "choice";

    public const string PayNow = "pay";
    public const string PayLater = "later";
    public const string GoBack = "back";
    public const string Arrives = "arrives";
    public const string Fails = "fails";

    private const string Footer =
        """<p class="dim">Simulator of Stripe Checkout: no money moves. <a href="/">All sessions and events</a></p>""";

    /// <summary>Currencies without a minor unit (Stripe documentation).</summary>
    private static readonly HashSet<string> NoMinorUnit =
    [
        "bif",
        "clp",
        "djf",
        "gnf",
        "jpy",
        "kmf",
        "krw",
        "mga",
        "pyg",
        "rwf",
        "ugx",
        "vnd",
        "vuv",
        "xaf",
        "xof",
        "xpf",
    ];

    public static IResult Unknown() =>
        PlainPage.Result(
            "Not found",
            "<p>There is no such session here.</p>" + Footer,
            status: StatusCodes.Status404NotFound
        );

    public static IResult Pay(StripeSession session) =>
        session.Status switch
        {
            "open" => PlainPage.Result(
                $"Pay {Amount(session.AmountTotal, session.Currency)}",
                $"""
                {Goods(session)}
                <form method="post" action="/pay/{Text(session.Id)}">
                <button name="{Choice}" value="{PayNow}">Pay</button>
                <button class="quiet" name="{Choice}" value="{PayLater}">Pay later, by bank transfer</button>
                {(
                    session.CancelUrl is null
                        ? ""
                        : $"<button class=\"quiet\" name=\"{Choice}\" value=\"{GoBack}\">Cancel and go back</button>"
                )}
                </form>
                {Footer}
                """
            ),
            "complete" => PlainPage.Result(
                "You are done here",
                $"""
                {Goods(session)}
                <p>{(
                    session.AwaitsMoney
                        ? $"<a href=\"/money/{Text(session.Id)}\">The money is on its way</a>."
                        : "This session is complete."
                )}
                <a href="{Text(session.ReturnUrl)}">Back to the shop</a></p>
                {Footer}
                """
            ),
            _ => PlainPage.Result(
                "This page has expired",
                $"""
                <p>Nothing was charged.{(
                    session.CancelUrl is null ? "" : $" <a href=\"{Text(session.CancelUrl)}\">Back to the shop</a>"
                )}</p>
                {Footer}
                """
            ),
        };

    public static IResult Money(StripeSession session) =>
        session.AwaitsMoney
            ? PlainPage.Result(
                $"{Amount(session.AmountTotal, session.Currency)} on the way",
                $"""
                <p>The payer chose to pay by bank transfer. What happens?</p>
                <form method="post" action="/money/{Text(session.Id)}">
                <button name="{Choice}" value="{Arrives}">Money arrives</button>
                <button class="quiet" name="{Choice}" value="{Fails}">Money does not arrive</button>
                </form>
                {Footer}
                """
            )
            : PlainPage.Result(
                session.PaymentStatus == "paid" ? "The money is there" : "No money is on the way",
                $"""
                {Goods(session)}
                <p><a href="{Text(session.ReturnUrl)}">Back to the shop</a></p>
                {Footer}
                """
            );

    /// <summary>For display: <c>10.00 USD</c>.</summary>
    public static string Amount(long minorUnits, string currency) =>
        $"{(NoMinorUnit.Contains(currency) ? minorUnits.ToString("N0") : (minorUnits / 100m).ToString("N2"))}"
        + $" {currency.ToUpperInvariant()}";

    private static string Goods(StripeSession session) =>
        string.Concat(
            session.LineItems.Select(item =>
                $"<p>{(item.Quantity > 1 ? $"{item.Quantity} × " : "")}{Text(item.Name)}</p>"
            )
        );

    private static string Text(string? value) => PlainPage.Text(value);
}
