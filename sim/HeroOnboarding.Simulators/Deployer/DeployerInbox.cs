using System.Text;
using System.Text.Json;

namespace HeroOnboarding.Simulators.Deployer;

/// <summary>
/// Checks and records calls. An id is handled once; only a 2xx counts, because a refused or failed call may
/// be tried again.
/// </summary>
internal sealed class DeployerInbox(string secret, TimeProvider time)
{
    /// <summary>Required members of an assign call.</summary>
    public static readonly IReadOnlyList<string> AssignMembers = ["pool_vm_id", "allocation_sid", "lease_number"];

    /// <summary>Required members of a release call.</summary>
    public static readonly IReadOnlyList<string> ReleaseMembers =
    [
        "pool_vm_id",
        "allocation_sid",
        "lease_number",
        "released_at",
        "reason",
    ];

    private readonly Lock gate = new();
    private readonly List<DeployerCall> calls = [];
    private readonly Dictionary<string, DeployerAnswer> handled = new(StringComparer.Ordinal);

    public IReadOnlyList<DeployerCall> Calls
    {
        get
        {
            lock (gate)
                return [.. calls];
        }
    }

    public (DeployerCall Call, DeployerAnswer Answer) Receive(
        HttpRequest request,
        byte[] raw,
        DeployerAnswers answers,
        IReadOnlyList<string> members
    )
    {
        var id = request.Headers["webhook-id"].ToString();
        var now = time.GetUtcNow();
        var forged = StandardWebhookSignature.Refusal(
            secret,
            id,
            request.Headers["webhook-timestamp"].ToString(),
            request.Headers["webhook-signature"].ToString(),
            raw,
            now
        );
        var body = Parse(raw);
        var problem = forged ?? Malformed(body, members);
        lock (gate)
        {
            DeployerAnswer? before = null;
            var repeat = problem is null && handled.TryGetValue(id, out before);
            var answer =
                forged is not null ? new DeployerAnswer(401)
                : problem is not null ? new DeployerAnswer(400)
                : before ?? answers.Take();
            if (answer.Status is >= 200 and < 300)
                handled[id] = new DeployerAnswer(answer.Status);
            var call = new DeployerCall(
                request.Path.ToString(),
                id,
                Encoding.UTF8.GetString(raw),
                body,
                now,
                forged is null,
                repeat,
                answer.Status,
                problem
            );
            calls.Add(call);
            return (call, answer);
        }
    }

    private static JsonElement Parse(byte[] raw)
    {
        try
        {
            return JsonSerializer.Deserialize<JsonElement>(raw);
        }
        catch (JsonException)
        {
            return default;
        }
    }

    private static string? Malformed(JsonElement body, IReadOnlyList<string> members)
    {
        if (body.ValueKind != JsonValueKind.Object)
            return "the body is no JSON object";
        foreach (var member in members)
        {
            var wanted = member == "lease_number" ? JsonValueKind.Number : JsonValueKind.String;
            if (body.TryGetProperty(member, out var value) && value.ValueKind == wanted)
                continue;
            return $"{member} must be a {wanted.ToString().ToLowerInvariant()}";
        }
        return body.GetProperty("lease_number").TryGetInt64(out _) ? null : "lease_number must be a whole number";
    }
}
