using System.Security.Cryptography;
using HeroOnboarding.Web.Requests;
using Microsoft.AspNetCore.Mvc.ApiExplorer;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Net.Http.Headers;
using Microsoft.OpenApi;

namespace HeroOnboarding.Web;

/// <summary>
/// The OpenAPI document at <c>/openapi.json</c>; a test compares it with the committed copy in <c>docs/</c>.
/// </summary>
internal static class OpenApi
{
    internal const string DocumentName = "v1";

    public static void Add(IServiceCollection services)
    {
        services.AddOpenApi(DocumentName, Configure);
        services.TryAddEnumerable(ServiceDescriptor.Transient<IApiDescriptionProvider, RequestBodies>());
        services.AddSingleton<OpenApiText>();
    }

    /// <summary>Registers additions of a feature, such as security schemes.</summary>
    public static void Describe(this IServiceCollection services, Action<OpenApiOptions> describe) =>
        services.Configure(DocumentName, describe);

    /// <summary>Describes the operations under a tag.</summary>
    public static void DescribeTag(this IServiceCollection services, string tag, string description) =>
        services.Describe(options =>
            options.AddDocumentTransformer(
                (document, _, _) =>
                {
                    foreach (var known in (document.Tags ?? new HashSet<OpenApiTag>()).Where(t => t.Name == tag))
                        known.Description = description;
                    return Task.CompletedTask;
                }
            )
        );

    private static void Configure(OpenApiOptions options)
    {
        options.CreateSchemaReferenceId = type =>
            type.Type is { IsGenericType: true, Name: "PageOf`1" } page
                ? page.GenericTypeArguments[0].Name + "Page"
                : OpenApiOptions.CreateDefaultSchemaReferenceId(type);
        options.AddDocumentTransformer(
            (document, _, _) =>
            {
                document.Info = new OpenApiInfo
                {
                    Title = "Hero Onboarding",
                    Version = Health.Version,
                    Description =
                        "JSON is snake_case. Times are ISO 8601 in UTC. Members without a value are left out. "
                        + "Refusals are application/problem+json with a stable 'code' (docs/refusals.md). "
                        + "Changing requests of customers come from the portal's own pages: same origin, session "
                        + "cookie. Programs of operators send the operator secret or a machine token.",
                    License = new OpenApiLicense { Name = "Apache-2.0", Identifier = "Apache-2.0" },
                };
                // Relative: the portal that serves the document.
                document.Servers = [new OpenApiServer { Url = "/" }];
                return Task.CompletedTask;
            }
        );
        options.AddOperationTransformer<OpenApiOperations>();
        options.AddDocumentTransformer<OpenApiMembers>();
    }

    public static void Routes(IEndpointRouteBuilder app) =>
        PublicAnswer
            .Mark(app.MapGet("/openapi.json", (OpenApiText text) => text.AnswerAsync()), TimeSpan.FromHours(1))
            .RequireRateLimiting(PublicAnswer.Limit);
}

/// <summary>
/// The OpenAPI document as bytes. It is the same for every caller and the route is public, so it is generated at the
/// first request (which walks all routes and types) and cached.
/// </summary>
internal sealed class OpenApiText(IServiceProvider services)
{
    private readonly Lazy<Task<(byte[] Json, EntityTagHeaderValue Tag)>> text = new(() => GenerateAsync(services));

    /// <returns>200 with the document and its ETag; 304 when the caller has this version.</returns>
    public async Task<IResult> AnswerAsync()
    {
        var (json, tag) = await text.Value;
        return Results.Bytes(json, "application/json; charset=utf-8", entityTag: tag);
    }

    private static async Task<(byte[] Json, EntityTagHeaderValue Tag)> GenerateAsync(IServiceProvider services)
    {
        var provider = services.GetRequiredKeyedService<IOpenApiDocumentProvider>(OpenApi.DocumentName);
        var document = await provider.GetOpenApiDocumentAsync();
        using var buffer = new MemoryStream();
        await document.SerializeAsJsonAsync(buffer, OpenApiSpecVersion.OpenApi3_1);
        var json = buffer.ToArray();
        return (json, new EntityTagHeaderValue($"\"{Convert.ToHexStringLower(SHA256.HashData(json))[..32]}\""));
    }
}
