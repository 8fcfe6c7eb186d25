using HeroOnboarding.Simulators.Web;

namespace HeroOnboarding.Simulators.Deployer;

/// <summary>The status page: the calls that the deployer received.</summary>
internal static class DeployerPage
{
    public static IResult Calls(IReadOnlyList<DeployerCall> calls) =>
        PlainPage.Result(
            "Deployer",
            calls.Count == 0
                ? """<p>No call yet. Each hand-out and each release of a machine is told here.</p><p """
                    + """class="dim">Simulator of the operator's deployer.</p>"""
                : $"""
                <div class="scroll" tabindex="0" role="region" aria-label="Calls">
                <table>
                <caption>Calls, newest first</caption>
                <thead><tr>
                <th scope="col">Time (UTC)</th><th scope="col">Call</th>
                <th scope="col">Answer</th><th scope="col">Body</th></tr></thead>
                <tbody>
                {string.Join('\n', calls.Reverse().Select(Row))}
                </tbody>
                </table>
                </div>
                <p class="dim">Simulator of the operator's deployer.</p>
                """,
            narrow: false
        );

    private static string Row(DeployerCall call) =>
        $"""
            <tr><td>{call.At:HH:mm:ss}</td><td>{PlainPage.Text(call.Path)}{(
                call.Repeat ? " (repeat)" : ""
            )}</td><td>{PlainPage.Text(Outcome(call))}</td>
            <td><code>{PlainPage.Text(call.RawBody)}</code></td></tr>
            """;

    private static string Outcome(DeployerCall call) =>
        call switch
        {
            { Problem: { } problem } => $"{call.Status}: {problem}",
            { Status: 0 } => "silence",
            _ => call.Status.ToString(),
        };
}
