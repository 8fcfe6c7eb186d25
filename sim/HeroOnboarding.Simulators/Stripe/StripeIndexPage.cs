using HeroOnboarding.Simulators.Web;

namespace HeroOnboarding.Simulators.Stripe;

/// <summary>The index page: the sessions, and the events with their deliveries.</summary>
internal static class StripeIndexPage
{
    public static IResult Result(
        IReadOnlyList<StripeSession> sessions,
        IReadOnlyList<StripeEvent> events,
        StripeWebhooks webhooks
    ) =>
        PlainPage.Result(
            "Stripe",
            $"""
            <p>{(sessions.Count == 0
                ? "Nobody has been sent here to pay yet. Choose to pay by card at the portal."
                : "Open a session to pay, or let the money of a later payment arrive. What happens is told "
                    + "to the portal by events.")}</p>
            {(sessions.Count == 0
                ? ""
                : Table("Sessions", ["Made (UTC)", "Amount", "For", "State", "To do"], sessions.Reverse().Select(Row)))}
            {(events.Count == 0
                ? ""
                : Table("Events", ["Time (UTC)", "Event", "Delivery", "To do"],
                    events.Reverse().Select(told => Row(told, webhooks))))}
            <p class="dim">Simulator of Stripe: no money moves.
            Events go to <code>{Text(webhooks.Url?.AbsoluteUri ?? "nowhere")}</code>.</p>
            """,
            narrow: false
        );

    private static string Table(string caption, IEnumerable<string> heads, IEnumerable<string> rows) =>
        $"""
            <div class="scroll" tabindex="0" role="region" aria-label="{caption}">
            <table>
            <caption>{caption}, newest first</caption>
            <thead><tr>{string.Concat(heads.Select(head => $"<th scope=\"col\">{head}</th>"))}</tr></thead>
            <tbody>
            {string.Join('\n', rows)}
            </tbody>
            </table>
            </div>
            """;

    private static string Row(StripeSession session) =>
        $"""
            <tr><td>{session.Created:HH:mm:ss}</td><td class="whole">{Text(
                StripePages.Amount(session.AmountTotal, session.Currency)
            )}</td>
            <td>{Text(session.LineItems[0].Name)}</td><td>{Text(State(session))}</td><td>{ToDo(session)}</td></tr>
            """;

    private static string State(StripeSession session) =>
        session switch
        {
            { AwaitsMoney: true } => "complete, money on its way",
            { Status: "complete" } => "complete, " + session.PaymentStatus,
            _ => session.Status,
        };

    private static string ToDo(StripeSession session) =>
        session switch
        {
            { Status: "open" } => $"""
                <a href="/pay/{Text(session.Id)}">Open the page</a>
                <form method="post" action="/expire/{Text(session.Id)}"><button class="quiet">Expire now</button></form>
                """,
            { AwaitsMoney: true } => $"""<a href="/money/{Text(session.Id)}">Let the money arrive, or not</a>""",
            _ => "",
        };

    private static string Row(StripeEvent told, StripeWebhooks webhooks) =>
        $"""
            <tr><td>{told.At:HH:mm:ss}</td><td>{Text(told.Type)}<br><code>{Text(told.Id)}</code></td><td>{Text(
                State(told, webhooks)
            )}</td>
            <td><form method="post" action="/deliver/{Text(told.Id)}"><button class="quiet">Deliver {(
                webhooks.Tries(told.Id).Count > 0 ? "again" : "now"
            )}</button></form></td></tr>
            """;

    private static string State(StripeEvent told, StripeWebhooks webhooks)
    {
        var tries = webhooks.Tries(told.Id);
        if (tries.Count == 0)
            return webhooks.IsLost(told.Id) ? "lost" : "waits";
        var last = tries[^1];
        var outcome = last.Status is { } status ? $"{status}{(last.Taken ? "" : ", not taken")}" : last.Answer;
        return tries.Count == 1 ? outcome : $"{outcome} (try {tries.Count})";
    }

    private static string Text(string? value) => PlainPage.Text(value);
}
