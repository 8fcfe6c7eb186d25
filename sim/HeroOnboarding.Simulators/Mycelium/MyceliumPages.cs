using System.Text;
using HeroOnboarding.Simulators.Web;

namespace HeroOnboarding.Simulators.Mycelium;

/// <summary>The pages for users.</summary>
internal static class MyceliumPages
{
    public static IResult Index(MyceliumNetwork network) =>
        PlainPage.Result(
            "Mycelium",
            $"""
            <p>Everybody here has a node. Give its address to the portal, then open the node and read
            the message that came.</p>
            <div class="scroll" tabindex="0" role="region" aria-label="Nodes">
            <table>
            <caption>Nodes</caption>
            <thead><tr><th scope="col">Node</th><th scope="col">Address</th><th scope="col">Not read</th></tr></thead>
            <tbody>
            {string.Join('\n', network.Nodes.Select(Row))}
            </tbody>
            </table>
            </div>
            {string.Join(
                '\n',
                network.Nodes.Where(node => node != network.Nodes[0]).Select(node =>
                    Command(node, network.Options.SignInTopic)
                )
            )}
            <p class="dim">Simulator of an overlay network: nothing leaves this machine.
            The portal's API is <code>{Text(
                network.Nodes[0].Address.AbsoluteUri
            )}api/v1</code>.</p>
            """,
            narrow: false
        );

    public static IResult Node(MyceliumNode node, string signInTopic) =>
        PlainPage.Result(
            $"Node of {node.Name}",
            $"""
            <p>Address <code>{Text(node.IpAddress)}</code>, key <code>{Text(node.PublicKey)}</code></p>
            {(
                node.Received.Count == 0
                    ? "<p>No message has arrived. Reload this page when one was sent.</p>"
                    : string.Join('\n', node.Received.Reverse().Select(message => Message(node, message)))
            )}
            {Command(node, signInTopic)}
            <p><a href="/">All nodes</a></p>
            """,
            narrow: false
        );

    public static IResult Unknown() =>
        PlainPage.Result("No such node", """<p><a href="/">All nodes</a></p>""", status: StatusCodes.Status404NotFound);

    /// <summary>
    /// The command for the owner of a real node: prints the content of the oldest message of the topic.
    /// </summary>
    internal static string Curl(MyceliumNode node, string topic) =>
        "curl -s "
        + $"'{node.Address}api/v1/messages?timeout=10&topic="
        + $"{Uri.EscapeDataString(Convert.ToBase64String(Encoding.UTF8.GetBytes(topic)))}' "
        + "| jq -r .payload | base64 -d";

    private static string Row(MyceliumNode node) =>
        $"""
            <tr><td><a href="/nodes/{Uri.EscapeDataString(node.Name)}">{Text(node.Name)}</a></td><td><code>{Text(
                node.IpAddress
            )}</code></td><td>{node.Inbox.Count}</td></tr>
            """;

    private static string Command(MyceliumNode node, string topic) =>
        $"""
            <p>Read the sign-in message of {Text(node.Name)} in a terminal, which also takes it away:<br><code>{Text(
                Curl(node, topic)
            )}</code></p>
            """;

    private static string Message(MyceliumNode node, MyceliumMessage message) =>
        $"""
            <section>
            <h2>{(
                message.IsReply
                    ? "Reply"
                    : $"Message {(message.TopicBytes.Length == 0 ? "without topic" : Text(message.Topic))}"
            )}</h2>
            <p class="dim">from {Text(message.From.Name)}, <code>{Text(
                message.From.IpAddress
            )}</code>, at {message.Created:HH:mm:ss} UTC</p>
            {(message.IsRead ? $"<pre>{Text(message.Text)}</pre>" : ReadButton(node, message))}
            </section>
            """;

    private static string ReadButton(MyceliumNode node, MyceliumMessage message) =>
        $"""
            <form method="post" action="/nodes/{Uri.EscapeDataString(
                node.Name
            )}"><input type="hidden" name="id" value="{Text(message.Id)}"><button>Read the message</button></form>
            """;

    private static string Text(string? value) => PlainPage.Text(value);
}
