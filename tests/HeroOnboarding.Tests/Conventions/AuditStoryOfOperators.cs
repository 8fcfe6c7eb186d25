using System.Text.Json;
using HeroOnboarding.Tests.Support;

namespace HeroOnboarding.Tests.Conventions;

/// <summary>The chapters about who may operate: people by name, programs by token.</summary>
internal sealed partial class AuditStory
{
    private string token = "";

    private IReadOnlyList<(string Act, string Actor, Func<Task<string?>> Tell)> People =>
        [
            (
                "operator.set",
                "machine",
                () => TellAsync("/admin/operator-set", new { forge_id = "77", role = "viewer" }, "77")
            ),
            ("operator.remove", "machine", () => TellAsync("/admin/operator-remove", new { forge_id = "77" }, "77")),
            (
                "token.create",
                "machine",
                () =>
                    TellAsync(
                        "/admin/token-create",
                        new
                        {
                            name = "clock",
                            scopes = "tick",
                            days = 30,
                        },
                        "clock",
                        made => token = made.GetProperty("sid").GetString()!
                    )
            ),
            ("token.revoke", "machine", () => TellAsync("/admin/token-revoke", new { token_sid = token }, "clock")),
        ];

    private async Task<string?> TellAsync(string path, object body, string subject, Action<JsonElement>? then = null)
    {
        var reply = await Portal.AdminPostAsync(path, body);
        Assert.True((int)reply.Status is 200 or 201, reply.Body);
        then?.Invoke(reply.Json);
        return subject;
    }
}
