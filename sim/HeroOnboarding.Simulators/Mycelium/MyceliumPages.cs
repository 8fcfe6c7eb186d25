using HeroOnboarding.Simulators.Web;

namespace HeroOnboarding.Simulators.Mycelium;

/// <summary>Pages for people who try things out: all nodes, and what arrived at each.</summary>
internal static class MyceliumPages
{
    private const string Topic = "aGVyby9sb2dpbi92MQ%3D%3D";

    public static void Map(WebApplication app, MyceliumSimulator net, MyceliumNode node)
    {
        app.MapGet("/", () => node == net.Portal ? Overview(net) : Inbox(net, node));
        app.MapPost("/read", () =>
        {
            var now = net.Time.GetUtcNow();
            while (node.Take(null, peek: false, now) is not null) { }
            return Results.Redirect("/");
        });
    }

    private static IResult Overview(MyceliumSimulator net) => PlainPage.Result("Mycelium", $"""
        <p>Nodes of people who can sign in. Copy an address into the portal's sign-in page, then read the code on that person's node.</p>
        <div class="scroll" tabindex="0" role="region" aria-label="Nodes">
        <table>
        <caption>Nodes</caption>
        <thead><tr><th scope="col">Node</th><th scope="col">Address</th><th scope="col">Waiting</th></tr></thead>
        <tbody>
        {string.Join('\n', net.Nodes.Where(n => n != net.Portal).Select(Row))}
        </tbody>
        </table>
        </div>
        <p class="dim">Simulator of the Mycelium overlay. The portal's own node is {PlainPage.Text(net.Portal.IpAddress.ToString())}.</p>
        """, narrow: false);

    private static string Row(MyceliumNode node) => $"""
        <tr><td><a href="{PlainPage.Text(node.Address.ToString())}">{PlainPage.Text(node.Name)}</a></td><td><code>{PlainPage.Text(node.IpAddress.ToString())}</code></td><td>{node.Inbox.Count}</td></tr>
        """;

    private static IResult Inbox(MyceliumSimulator net, MyceliumNode node)
    {
        net.Deliver();
        var messages = string.Join('\n', node.Inbox.Reverse().Select(m => $"""<p class="dim">{m.CreatedAt:HH:mm:ss} UTC, topic {PlainPage.Text(System.Text.Encoding.UTF8.GetString(m.Topic))}</p><pre class="scroll"><code>{PlainPage.Text(m.Text)}</code></pre>"""));
        return PlainPage.Result("Node of " + node.Name, $"""
            <p>Address <code>{PlainPage.Text(node.IpAddress.ToString())}</code></p>
            {(messages.Length == 0 ? "<p>No message waits here. Reload after the portal has sent one.</p>" : messages + """<form method="post" action="/read"><button class="quiet">Mark as read</button></form>""")}
            <p class="dim">As a command: <code>curl -s '{PlainPage.Text(node.Address.ToString())}api/v1/messages?timeout=1&amp;topic={Topic}' | jq -r .payload | base64 -d</code></p>
            <p><a href="{PlainPage.Text(net.Portal.Address.ToString())}">All nodes</a></p>
            """, narrow: false);
    }
}
