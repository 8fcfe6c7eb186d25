using System.Security.Cryptography;
using System.Text.Json;

namespace HeroOnboarding.Simulators.Idenfy;

/// <summary>All checks, in the order of their tokens.</summary>
internal sealed class IdenfyScans(TimeProvider time)
{
    private readonly Lock gate = new();
    private readonly List<IdenfyScan> scans = [];

    public IReadOnlyList<IdenfyScan> All
    {
        get
        {
            lock (gate)
                return [.. scans];
        }
    }

    public IdenfyScan? ByToken(string? authToken) => All.FirstOrDefault(scan => scan.AuthToken == authToken);

    public IdenfyScan? ByRef(string? scanRef) => All.FirstOrDefault(scan => scan.ScanRef == scanRef);

    public IdenfyScan Add(JsonElement request)
    {
        var clientId = request.GetProperty("clientId").GetString()!;
        var digits =
            request.TryGetProperty("generateDigitString", out var asked) && asked.ValueKind == JsonValueKind.True;
        var scan = new IdenfyScan(
            Guid.NewGuid().ToString(),
            RandomNumberGenerator.GetString(IdenfyTokenRequest.TokenLetters, 40),
            clientId,
            request,
            time.GetUtcNow()
        )
        {
            DigitString = digits ? RandomNumberGenerator.GetString("0123456789", 8) : null,
            ExpiryTime = TimeSpan.FromSeconds(
                IdenfyTokenRequest.Number(request, "expiryTime") ?? IdenfyTokenRequest.ExpiryTime
            ),
            SessionLength = TimeSpan.FromSeconds(
                IdenfyTokenRequest.Number(request, "sessionLength") ?? IdenfyTokenRequest.SessionLength
            ),
            Document = IdenfyDocument.Of(clientId),
        };
        lock (gate)
            scans.Add(scan);
        return scan;
    }

    /// <summary>Opens the link; null when it cannot be used any more.</summary>
    public IdenfyScan? Start(string authToken) =>
        Change(
            scan => scan.AuthToken == authToken && scan.Verdict is null,
            scan => scan with { StartedAt = scan.StartedAt ?? time.GetUtcNow() }
        );

    /// <summary>Sets a verdict; null when the state of the check does not allow it.</summary>
    public IdenfyScan? Decide(
        string scanRef,
        Func<IdenfyScan, bool> may,
        Func<IdenfyScan, IdenfyVerdict> verdict,
        IdenfyDocument? document = null
    ) =>
        Change(
            scan => scan.ScanRef == scanRef && may(scan),
            scan =>
                scan with
                {
                    Verdict = verdict(scan),
                    FinishedAt = time.GetUtcNow(),
                    Document = document ?? scan.Document,
                }
        );

    private IdenfyScan? Change(Predicate<IdenfyScan> which, Func<IdenfyScan, IdenfyScan> change)
    {
        lock (gate)
        {
            var at = scans.FindIndex(which);
            return at < 0 ? null : scans[at] = change(scans[at]);
        }
    }
}
