using System.Text.Json.Nodes;
using HeroOnboarding.Web.Requests;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc.ApiExplorer;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace HeroOnboarding.Web;

/// <summary>
/// Adds to every operation what its route does not declare: a stable id, query parameters, the idempotency key, and the
/// refusals of middleware in front of the route.
/// </summary>
internal sealed class OpenApiOperations : IOpenApiOperationTransformer
{
    public Task TransformAsync(
        OpenApiOperation operation,
        OpenApiOperationTransformerContext context,
        CancellationToken cancellationToken
    )
    {
        var (route, metadata) = (context.Description, context.Description.ActionDescriptor.EndpointMetadata);
        operation.OperationId = IdOf(route);
        operation.Parameters ??= [];
        foreach (var parameter in metadata.OfType<RequestParameter>())
            operation.Parameters.Add(Of(parameter));
        if (RequestBodies.Of(route) is { TakesKey: true })
            operation.Parameters.Add(Key());
        if (metadata.OfType<NotForBrowsers>().Any())
            operation.RequestBody = ProvidersOwn();
        foreach (var status in InFrontOf(route, metadata))
            AddRefusal(operation, status, context.Document!);
        if (operation.Parameters.Count == 0)
            operation.Parameters = null;
        return Task.CompletedTask;
    }

    /// <summary>
    /// The operation id, from the path: <c>POST /vm/allocate</c> is <c>vmAllocate</c>, <c>GET /plan/current</c> is
    /// <c>getPlanCurrent</c>. Generated clients name their methods after it.
    /// </summary>
    private static string IdOf(ApiDescription route)
    {
        var words = route.RelativePath!.Split(
            ['/', '-', '_', '.', '{', '}'],
            StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries
        );
        var id = string.Concat(words.Select(w => char.ToUpperInvariant(w[0]) + w[1..]));
        return route.HttpMethod == "GET" ? "get" + id : char.ToLowerInvariant(id[0]) + id[1..];
    }

    private static OpenApiParameter Of(RequestParameter parameter) =>
        new()
        {
            Name = parameter.Name,
            In = parameter.In,
            Required = parameter.IsRequired,
            Description = parameter.Description,
            Schema = new OpenApiSchema
            {
                Type = parameter.Bounds is null ? JsonSchemaType.String : JsonSchemaType.Integer,
                Enum = parameter.Values?.Select(v => (JsonNode)JsonValue.Create(v)).ToList(),
                Minimum = parameter.Bounds?.Least.ToString(),
                Maximum = parameter.Bounds?.Most.ToString(),
                MaxLength = parameter.Longest,
                Default = parameter switch
                {
                    { Default: null } => null,
                    { Bounds: null } => JsonValue.Create(parameter.Default),
                    _ => JsonValue.Create(int.Parse(parameter.Default)),
                },
            },
        };

    private static OpenApiParameter Key() =>
        new()
        {
            Name = "Idempotency-Key",
            In = ParameterLocation.Header,
            Description =
                "Makes the request safe to repeat for 24 hours: the same key with the same body gets the first answer, "
                + "with Idempotent-Replayed: true. 1 to 255 printable ASCII characters, bare or quoted.",
            Schema = new OpenApiSchema { Type = JsonSchemaType.String, MaxLength = 257 },
        };

    /// <summary>The body of a webhook, which its provider documents.</summary>
    private static OpenApiRequestBody ProvidersOwn() =>
        new()
        {
            Description = "As the provider documents it; the signature covers its bytes.",
            Required = true,
            Content = new Dictionary<string, OpenApiMediaType>
            {
                ["application/json"] = new() { Schema = new OpenApiSchema { Type = JsonSchemaType.Object } },
            },
        };

    /// <summary>Statuses that middleware in front of the route, or the binder of its request, may answer.</summary>
    private static IEnumerable<int> InFrontOf(ApiDescription route, IList<object> metadata)
    {
        var policies = metadata.OfType<IAllowAnonymous>().Any()
            ? []
            : metadata.OfType<IAuthorizeData>().Select(a => a.Policy).ToList();
        if (policies.Count > 0)
            yield return 401;
        // The number of wrong secrets is limited on every operators' route.
        if (metadata.OfType<RateLimit>().Any() || policies.Any(p => p != Policies.Customer))
            yield return 429;
        if (route.HttpMethod != "GET")
            foreach (var status in new[] { 400, 403, 413, 415, 503 })
                yield return status;
        if (RequestBodies.Of(route) is not null)
            yield return 422;
        yield return 500;
    }

    private static void AddRefusal(OpenApiOperation operation, int status, OpenApiDocument document) =>
        (operation.Responses ??= []).TryAdd(
            status.ToString(),
            new OpenApiResponse
            {
                Description = Microsoft.AspNetCore.WebUtilities.ReasonPhrases.GetReasonPhrase(status),
                Content = new Dictionary<string, OpenApiMediaType>
                {
                    [Problem.MediaType] = new() { Schema = new OpenApiSchemaReference(nameof(Problem), document) },
                },
            }
        );
}
