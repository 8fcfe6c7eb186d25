using HeroOnboarding.Simulators.Web;

namespace HeroOnboarding.Simulators.Idenfy;

/// <summary>The pages, and the values of their buttons.</summary>
internal static class IdenfyPages
{
    public const string Approve = "approve";
    public const string Deny = "deny";
    public const string Suspect = "suspect";
    public const string Machine = "machine";
    public const string Expire = "expire";
    public const string Cancel = "cancel";
    public const string ResubmitApproved = "resubmit-approved";
    public const string ResubmitDenied = "resubmit-denied";
    public const string Again = "again";

    private const string Footer =
        """<p class="dim">Simulator of iDenfy: nobody is photographed and nothing is checked.</p>""";

    private static readonly (string Tag, string Label)[] Tags =
    [
        ("DUPLICATE_FACE", "The face was seen before"),
        ("DUPLICATE_PERSONAL_DATA", "The document was seen before"),
        (IdenfyVerdict.WatchList, "On a watch list"),
        ("FACE_BLACKLISTED", "The face is on a block list"),
        ("NAME", "Another name than expected"),
    ];

    public static IResult Check(IdenfyScan scan) =>
        PlainPage.Result(
            "How should this check end?",
            $"""
            <p>The portal wants to know who <strong>{Text(
                scan.ClientId
            )}</strong> is. Here a person would show a passport and their face to the camera.</p>
            <form method="post" action="/ui">
            <input type="hidden" name="authToken" value="{Text(scan.AuthToken)}">
            <button name="choice" value="{Approve}">Approve</button>
            <button class="quiet" name="choice" value="{Machine}">Approve by machine, person decides later</button>
            <label for="reason">Reason to deny</label>
            <select id="reason" name="reason">
            {string.Join('\n', IdenfyVerdict.DenyReasonNames.Select(reason => $"<option>{reason}</option>"))}
            </select>
            <button class="quiet" name="choice" value="{Deny}">Deny</button>
            <label for="tag">Reason to suspect</label>
            <select id="tag" name="tag">
            {string.Join('\n', Tags.Select(tag => $"<option value=\"{tag.Tag}\">{tag.Label} ({tag.Tag})</option>"))}
            </select>
            <button class="quiet" name="choice" value="{Suspect}">Suspect</button>
            <button class="quiet" name="choice" value="{Expire}">Let the time run out</button>
            <button class="quiet" name="choice" value="{Cancel}">Cancel</button>
            </form>
            {Footer}
            """
        );

    public static IResult Unusable(IdenfyScan? scan) =>
        scan switch
        {
            null => PlainPage.Result(
                "This link is unknown",
                $"<p>No check has this link. Go back to where you came from and start again.</p>{Footer}",
                status: 404
            ),
            { Overall: "EXPIRED" } => PlainPage.Result(
                "This link has expired",
                $"<p>Go back to where you came from and start a new check.</p>{Footer}",
                status: 410
            ),
            _ => PlainPage.Result(
                "This check is finished",
                $"<p>Its link cannot be used again. Go back to where you came from to see the result.</p>{Footer}",
                status: 410
            ),
        };

    public static IResult Result(string? status) =>
        PlainPage.Result(
            status switch
            {
                "success" => "You are done",
                "fail" => "The check failed",
                _ => "You were not checked",
            },
            $"<p>The portal named no page of its own to go to.</p><p><a href=\"/\">All checks</a></p>{Footer}"
        );

    public static IResult Index(IdenfySimulator idenfy) =>
        PlainPage.Result(
            "Identity checks",
            idenfy.Scans.Count == 0
                ? "<p>No check yet. Each person whom the portal sends here to be identified is listed "
                    + $"here.</p>{Footer}"
                : $"""
                <div class="scroll" tabindex="0" role="region" aria-label="Checks">
                <table>
                <caption>Checks, newest first</caption>
                <thead><tr>
                <th scope="col">Time (UTC)</th><th scope="col">Who</th><th scope="col">State</th>
                <th scope="col">What happens next</th></tr></thead>
                <tbody>
                {string.Join('\n', idenfy.Scans.Reverse().Select(scan => Row(scan, idenfy)))}
                </tbody>
                </table>
                </div>
                <br>
                {Sent(idenfy)}
                {Footer}
                """,
            narrow: false
        );

    private static string Row(IdenfyScan scan, IdenfySimulator idenfy) =>
        $"""
            <tr><td>{scan.CreatedAt:HH:mm:ss}</td><td>{Text(
                scan.ClientId
            )}<br><code>{scan.ScanRef}</code></td><td>{State(scan)}</td>
            <td><form method="post" action="/"><input type="hidden" name="scan" value="{scan.ScanRef}">{Next(
                scan,
                idenfy
            )}</form></td></tr>
            """;

    private static string State(IdenfyScan scan) =>
        scan.UnderReview ? $"{Text(scan.Overall)}, a person has still to decide" : Text(scan.Overall);

    private static string Next(IdenfyScan scan, IdenfySimulator idenfy)
    {
        var acts = scan.Verdict switch
        {
            null => $"<p><a href=\"/ui?authToken={scan.AuthToken}\">Open the link</a></p>" + Button(Expire, "Expire"),
            { Final: false } => Button(Approve, "A person approves") + Button(Deny, "A person denies"),
            { Final: true } => Button(ResubmitApproved, "Resubmit: pass") + Button(ResubmitDenied, "Resubmit: fail"),
            _ => "",
        };
        return idenfy.Callbacks.Any(callback => callback.ScanRef == scan.ScanRef)
            ? acts + Button(Again, "Tell the portal again")
            : acts;
    }

    private static string Button(string act, string label) =>
        $"<button class=\"quiet\" name=\"act\" value=\"{act}\">{label}</button>";

    private static string Sent(IdenfySimulator idenfy) =>
        idenfy.Deliveries.Count == 0
            ? "<p>No callback was sent yet.</p>"
            : $"""
                <div class="scroll" tabindex="0" role="region" aria-label="Callbacks">
                <table>
                <caption>Callbacks to the portal, newest first</caption>
                <thead><tr>
                <th scope="col">Time (UTC)</th><th scope="col">Callback</th><th scope="col">Check</th>
                <th scope="col">Tells</th><th scope="col">Answer</th></tr></thead>
                <tbody>
                {string.Join('\n', idenfy.Deliveries.Reverse().Select(Row))}
                </tbody>
                </table>
                </div>
                """;

    private static string Row(IdenfyDelivery delivery) =>
        $"""
            <tr><td>{delivery.At:HH:mm:ss}</td><td>{delivery.Callback}</td>
            <td><code>{delivery.ScanRef}</code></td><td>{Text(
                delivery.Overall
            )}{(delivery.Final == false ? ", not final" : "")}</td>
            <td>{(delivery.Status == 0 ? Text(delivery.Problem) : delivery.Status)}</td></tr>
            """;

    private static string Text(string? value) => PlainPage.Text(value);
}
