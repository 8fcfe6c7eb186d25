namespace HeroOnboarding.Web;

/// <summary>What came of asking another system whether it answers.</summary>
/// <param name="Text">A sentence without any secret and without anything that the answer said.</param>
public sealed record ConnectionResult(bool IsGood, string Text);

/// <summary>A question to another system that changes nothing there.</summary>
/// <param name="Setting">The setting that an operator would change, such as <c>FORGE_URL</c>.</param>
public sealed record ConnectionCheck(string Setting, Func<Outgoing, CancellationToken, Task<ConnectionResult>> RunAsync)
{
    /// <summary>
    /// A check that any answer below 500 satisfies: without a signed message there is nothing that the other system
    /// must accept.
    /// </summary>
    /// <param name="rest">When the credentials are tried.</param>
    public static ConnectionCheck Answers(string setting, Uri address, string rest) =>
        new(
            setting,
            async (outgoing, cancel) =>
            {
                using var client = outgoing.Client();
                using var response = await client.GetAsync(address, HttpCompletionOption.ResponseHeadersRead, cancel);
                return (int)response.StatusCode < 500
                    ? new(true, $"answers. {rest}")
                    : new(false, $"answers {(int)response.StatusCode}.");
            }
        );
}
