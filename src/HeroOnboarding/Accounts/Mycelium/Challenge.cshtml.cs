using HeroOnboarding.Web;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace HeroOnboarding.Accounts.Mycelium;

/// <summary><c>/login/mycelium</c>: the form for the code, the state of the message, and how to read it.</summary>
public class ChallengeModel(AnswerChallenge answers, MyceliumDaemon daemon, TimeProvider clock) : PageModel
{
    /// <summary>
    /// The command that reads the message on the customer's node. It waits one second, since a long poll would hold the
    /// lock of that node. The topic is base64, as the API requires.
    /// </summary>
    public static readonly string Command =
        "curl -s "
        + "'http://127.0.0.1:8989/api/v1/messages?timeout=1&"
        + "topic="
        + $"{Uri.EscapeDataString(Convert.ToBase64String(System.Text.Encoding.ASCII.GetBytes(StartChallenge.Topic)))}"
        + "' "
        + "| jq -r .payload | base64 -d";

    public LoginChallenge Asked { get; private set; } = null!;
    public MessageState Message { get; private set; }
    public bool IsOpen { get; private set; }
    public DateTimeOffset Now { get; } = clock.Now();

    public async Task<IActionResult> OnGetAsync([FromQuery(Name = "challenge")] string? sid, CancellationToken cancel)
    {
        if (await answers.FindAsync(sid, ChallengeCookie.Of(HttpContext), cancel) is not { } found)
        {
            await Http.SeeOtherRefused("/login", MyceliumRefusals.ChallengeFailed).ExecuteAsync(HttpContext);
            return new EmptyResult();
        }
        (Asked, IsOpen) = (found, found.IsOpen(Now));
        Message = IsOpen && found.MessageId is { } id ? await daemon.StateAsync(id, cancel) : MessageState.Unknown;
        return Page();
    }

    /// <summary>The state of the message as text, and whether it can still change.</summary>
    public (string Tone, string Text, bool MayChange) Progress =>
        (IsOpen, Asked.MessageId, Message) switch
        {
            (false, _, _) => ("bad", Asked.UsedAt is null ? "This code is over." : "This code was used.", false),
            (_, null, _) => ("bad", "The message could not be sent. Ask for a new code.", false),
            (_, _, MessageState.Pending) => ("warn", "Accepted by our node; it looks for yours.", true),
            (_, _, MessageState.Sending) => ("warn", "On its way to your node.", true),
            (_, _, MessageState.Received) => ("good", "Arrived at your node.", true),
            (_, _, MessageState.Read) => ("good", "Read on your node.", false),
            (_, _, MessageState.Aborted) => ("bad", "Your node could not be reached.", false),
            _ => ("", "Accepted by our node.", true),
        };
}
