using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using HeroOnboarding.Tests.Support;
using HeroOnboarding.Web.Requests;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace HeroOnboarding.Tests.Conventions;

/// <summary>
/// Pages that are generated from the program: settings, refusals, the API. <c>UPDATE_DOCS=1</c> writes them.
/// </summary>
public sealed class DocumentsAreUpToDate
{
    private const string Generated =
        "<!-- Generated from the program by the tests: UPDATE_DOCS=1 writes it. Do not edit. -->\n\n";
    private static readonly JsonSerializerOptions Indented = new()
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    [Fact]
    public Task The_configuration_page_names_every_setting()
    {
        var page = new StringBuilder("# Configuration\n\n" + Generated);
        page.Append(
            "Settings are environment variables. Each may also be a file of the same name in `/run/secrets` or in "
                + "systemd's `$CREDENTIALS_DIRECTORY`; the environment wins unless it is empty.\n"
        );
        page.Append(
            "`hero-onboarding check-config` names every mistake in a sentence. A group that is wholly unset is off; "
                + "half set, the server refuses to start.\n"
        );
        foreach (var group in AllOptions.Load(new Dictionary<string, string?>()).Descriptions.GroupBy(k => k.Group))
        {
            page.Append($"\n## {group.Key}\n\n| name | unset means | what it does |\n| --- | --- | --- |\n");
            foreach (var setting in group)
                page.Append(
                    $"| `{setting.Name}` | {(setting.Default is null ? "—" : $"`{setting.Default}`")} | "
                        + $"{Cell(setting.Meaning)}{(setting.IsSecret ? " *Secret: never shown or logged.*" : "")} |\n"
                );
        }
        page.Append(
            "\nLog levels have .NET's own names: `Logging__LogLevel__Default=Debug`, or a category instead of "
                + "`Default`; see [operations.md](operations.md#health-and-logs).\n"
        );
        return Source.MatchesAsync("docs/configuration.md", page.ToString());
    }

    [Fact]
    public async Task The_refusals_page_names_every_refusal()
    {
        await using var portal = await Portal.StartAsync(Db.Sqlite);
        var page = new StringBuilder("# Refusals\n\n" + Generated);
        page.Append(
            "Every expected \"no\" has a stable `code`. Programs get it as `application/problem+json` (RFC 9457) "
                + "with `code`, `title`, `detail`, `next` and `trace_id`;\n"
        );
        page.Append(
            "a refused form comes back to its page with `?refused=<code>`, the trace id and, for some codes, the "
                + "numbers of its detail (`refused_price`, `refused_at` …). *Wait* marks answers that carry "
                + "`Retry-After`, always or where the time is known.\n"
        );
        foreach (var group in portal.Services.GetRequiredService<RefusalCatalog>().Groups)
        {
            page.Append(
                $"\n## {group.Heading}\n\n| code | status | what happened | what next |\n| --- | --- | --- | --- |\n"
            );
            foreach (var refusal in group.Refusals)
                page.Append(
                    $"| `{refusal.Code}` | {refusal.Status} | {Cell(refusal.Title)} | "
                        + $"{Cell(refusal.Next)}"
                        + $"{(refusal.RetryAfter is null && refusal.Status != 429 ? "" : " *Wait.*")} |\n"
                );
        }
        page.Append("\n## Mistakes and bugs\n\n| code | status | what happened |\n| --- | --- | --- |\n");
        page.Append(
            "| `method.not_allowed` | 405 | The address exists, but not with this method. |\n| `error.internal` | "
                + "500 | A bug of ours. It was logged under the `trace_id`. |\n"
        );
        await Source.MatchesAsync("docs/refusals.md", page.ToString());
    }

    [Fact]
    public Task The_architecture_page_is_the_list_of_allowed_dependencies() =>
        Source.MatchesAsync("docs/architecture.md", "# Architecture\n\n" + Generated + Folders.Page());

    [Theory]
    [InlineData("method.not_allowed")]
    [InlineData("error.internal")]
    public void Codes_outside_the_catalogue_are_those_of_the_page(string code) =>
        Assert.Contains($"\"{code}\"", Source.Read("src/HeroOnboarding/Web/Problems.cs"), StringComparison.Ordinal);

    [Fact]
    public async Task The_API_description_is_what_the_portal_says()
    {
        await using var portal = await Portal.StartAsync(Db.Sqlite);
        var document = JsonNode.Parse(
            (await portal.Browser().SendAsync(HttpMethod.Get, "/openapi.json")).Expect(200).Body
        )!;
        await Source.MatchesAsync("docs/openapi.json", Sorted(document)!.ToJsonString(Indented));
    }

    [Fact]
    public async Task The_API_description_has_every_route_that_programs_call()
    {
        await using var portal = await Portal.StartAsync(Db.Sqlite);
        var paths = (await portal.Browser().SendAsync(HttpMethod.Get, "/openapi.json"))
            .Expect(200)
            .Json.GetProperty("paths");
        foreach (
            var route in (await Route.AllAsync(portal)).Where(r =>
                r.Metadata.OfType<RequestBody>().Any() && !r.Metadata.OfType<IExcludeFromDescriptionMetadata>().Any()
            )
        )
        {
            var operation = default(JsonElement);
            Assert.True(
                paths.TryGetProperty(route.Pattern, out var path)
                    && path.TryGetProperty(route.Method.ToLowerInvariant(), out operation),
                $"{route} is missing."
            );
            Assert.True(
                operation.TryGetProperty("summary", out var summary) && summary.GetString()!.EndsWith('.'),
                $"{route} has no summary."
            );
            Assert.True(
                operation.GetProperty("responses").EnumerateObject().Any(r => r.Name[0] is '2' or '3'),
                $"{route} names no success."
            );
            Assert.True(
                operation.GetProperty("responses").EnumerateObject().Any(r => r.Name.StartsWith('4')),
                $"{route} names no refusal."
            );
        }
    }

    /// <summary>Members in alphabetical order, so that moving a route in the code changes nothing.</summary>
    private static JsonNode? Sorted(JsonNode? node) =>
        node switch
        {
            JsonObject o => new JsonObject(
                o.OrderBy(m => m.Key, StringComparer.Ordinal).Select(m => KeyValuePair.Create(m.Key, Sorted(m.Value)))
            ),
            JsonArray a => new JsonArray([.. a.Select(Sorted)]),
            _ => node?.DeepClone(),
        };

    private static string Cell(string text) => text.Replace("|", "\\|", StringComparison.Ordinal);
}
