namespace HeroOnboarding.Web;

/// <summary>The result of a connection check.</summary>
/// <param name="Text">A sentence without secrets and without any text of the answer.</param>
public sealed record ConnectionResult(bool IsGood, string Text);

/// <summary>A check that another system answers, which changes nothing there.</summary>
/// <param name="Setting">The setting that an operator would change, such as <c>FORGE_URL</c>.</param>
public sealed record ConnectionCheck(string Setting, Func<Outgoing, CancellationToken, Task<ConnectionResult>> RunAsync)
{
    /// <summary>
    /// A check that passes on any status below 500. The request is not signed, so the other system may refuse it.
    /// </summary>
    /// <param name="rest">A sentence that states when the credentials are first used.</param>
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
