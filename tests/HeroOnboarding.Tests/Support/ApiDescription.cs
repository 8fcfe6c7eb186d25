using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Nodes;
using HeroOnboarding.Tests.Conventions;
using HeroOnboarding.Web;
using Json.Schema;

namespace HeroOnboarding.Tests.Support;

/// <summary>
/// Validates every JSON answer of a test against <c>docs/openapi.json</c>: the operation names its status, and the body
/// follows the schema, without additional members.
/// </summary>
internal static class ApiDescription
{
    private const string Components = "#/components/schemas/";

    private static readonly JsonNode Document = JsonNode.Parse(Source.Read("docs/openapi.json"))!;
    private static readonly JsonObject Definitions = Strict();
    private static readonly ConcurrentDictionary<string, JsonSchema> Schemas = new();
    private static readonly EvaluationOptions Options = new()
    {
        OutputFormat = OutputFormat.List,
        RequireFormatValidation = true,
    };

    /// <exception cref="Xunit.Sdk.XunitException">The answer is not as described.</exception>
    public static void Expect(HttpMethod method, string path, HttpResponseMessage response, string body)
    {
        var media = response.Content.Headers.ContentType?.MediaType;
        if (media is not ("application/json" or Problem.MediaType) || body.Length == 0)
            return;
        var status = ((int)response.StatusCode).ToString();
        if (Document["paths"]![path]?[method.Method.ToLowerInvariant()] is not { } operation)
        {
            // A page, or no route at all: its refusals look like all others.
            if (media == Problem.MediaType)
                Fits(new JsonObject { ["$ref"] = Components + nameof(Problem) }, body, $"{method} {path}");
            return;
        }
        var answer = operation["responses"]![status];
        Assert.True(answer is not null, $"docs/openapi.json does not name {status} for {method} {path}: {body}");
        var schema = answer!["content"]?[media]?["schema"];
        Assert.True(schema is not null, $"docs/openapi.json names no {media} for {status} of {method} {path}: {body}");
        Fits(schema!, body, $"{status} of {method} {path}");
    }

    private static void Fits(JsonNode schema, string body, string where)
    {
        var compiled = Schemas.GetOrAdd(schema.ToJsonString(), text => JsonSchema.FromText(WithDefinitions(text)));
        using var answer = JsonDocument.Parse(body);
        var result = compiled.Evaluate(answer.RootElement, Options);
        if (result.IsValid)
            return;
        var errors = (result.Details ?? [])
            .Where(d => d.Errors is { Count: > 0 })
            .Select(d => $"{d.InstanceLocation}: {string.Join(' ', d.Errors!.Values)}");
        Assert.Fail($"{where} is not as docs/openapi.json says: {string.Join("; ", errors)}\n{body}");
    }

    private static string WithDefinitions(string schema)
    {
        var whole = JsonNode.Parse(Local(schema))!.AsObject();
        whole["$defs"] = Definitions.DeepClone();
        return whole.ToJsonString();
    }

    private static string Local(string schema) => schema.Replace(Components, "#/$defs/", StringComparison.Ordinal);

    /// <summary>The components, in which an object has no members but those that are named.</summary>
    private static JsonObject Strict()
    {
        var all = JsonNode.Parse(Local(Document["components"]!["schemas"]!.ToJsonString()))!.AsObject();
        foreach (var schema in all.Select(s => s.Value!.AsObject()))
            if (schema.ContainsKey("properties"))
                schema["additionalProperties"] = false;
        return all;
    }
}
