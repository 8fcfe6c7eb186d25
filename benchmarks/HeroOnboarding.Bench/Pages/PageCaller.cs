using HeroOnboarding.Bench.Lease;

namespace HeroOnboarding.Bench.Pages;

/// <summary>
/// Requests one page repeatedly: as one customer after the other, as an operator's program, or anonymously. A cycle
/// is one request.
/// </summary>
internal sealed class PageCaller(Uri url, string path, string who, int number, int callers) : ICaller
{
    private readonly Wire wire = new(url);
    private readonly Turns turns = new(number, callers);
    private int count;

    public async Task<Taken> TakeAsync()
    {
        var answer = await wire.GetAsync(
            path,
            "Accept: text/html\r\n"
                + who switch
                {
                    "customer" => $"Cookie: __Host-hero={Filling.Token(turns.Next())}\r\n",
                    "operator" => $"X-Hero-Onboarding-Admin-Secret: {PortalHost.AdminSecret}\r\n",
                    _ => "",
                }
        );
        return answer.Status == 200 ? new($"{number}-{count++}", "", null) : new(null, "", $"status {answer.Status}");
    }

    public Task<string?> GiveBackAsync(Taken taken) => Task.FromResult<string?>(null);

    public ValueTask DisposeAsync() => wire.DisposeAsync();
}
