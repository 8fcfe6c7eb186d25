using System.Text.Json.Nodes;
using HeroOnboarding.Web.Requests;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc.ApiExplorer;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace HeroOnboarding.Web;

/// <summary>
/// What every operation of the API description says beyond its own declaration: a stable id, query parameters, the
/// idempotency key, and the refusals that stand in front of a route rather than in it.
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
    /// From the path: <c>POST /vm/allocate</c> is <c>vmAllocate</c>, <c>GET /plan/current</c> is
    /// <c>getPlanCurrent</c>. Clients generate the names of their methods from it.
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

    /// <summary>What a provider sends is described by the provider.</summary>
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

    /// <summary>Statuses that anything in front of the route, or its reader, may answer.</summary>
    private static IEnumerable<int> InFrontOf(ApiDescription route, IList<object> metadata)
    {
        var policies = metadata.OfType<IAllowAnonymous>().Any()
            ? []
            : metadata.OfType<IAuthorizeData>().Select(a => a.Policy).ToList();
        if (policies.Count > 0)
            yield return 401;
        // Wrong secrets are limited on every route of operators.
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
