using System.Security.Cryptography;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.Net.Http.Headers;
using Microsoft.OpenApi;

namespace HeroOnboarding.Web;

/// <summary>
/// The API description at <c>/openapi.json</c>; the committed copy in <c>docs/</c> is tested to be the same.
/// </summary>
internal static class OpenApi
{
    internal const string DocumentName = "v1";

    public static void Add(IServiceCollection services)
    {
        services.AddOpenApi(DocumentName, Configure);
        services.AddSingleton<OpenApiText>();
    }

    private static void Configure(OpenApiOptions options)
    {
        options.AddDocumentTransformer(
            (document, _, _) =>
            {
                document.Info = new OpenApiInfo
                {
                    Title = "Hero Onboarding",
                    Version = Health.Version,
                    Description =
                        "JSON is snake_case; refusals are application/problem+json with a stable 'code' "
                        + "(docs/refusals.md). "
                        + "Customers are signed in by cookie; operators' and machines' routes take the operator "
                        + "secret, or a machine token with a scope that fits, in "
                        + "X-Hero-Onboarding-Admin-Secret.",
                };
                document.Servers = [];
                return Task.CompletedTask;
            }
        );
        options.AddOperationTransformer(
            (operation, context, _) =>
            {
                if (
                    context.Description.ActionDescriptor.EndpointMetadata.OfType<BodyMembers>().FirstOrDefault() is
                    { } members
                )
                    operation.RequestBody = Body(members);
                return Task.CompletedTask;
            }
        );
    }

    public static void Routes(IEndpointRouteBuilder app) =>
        PublicAnswer
            .Mark(app.MapGet("/openapi.json", (OpenApiText text) => text.AnswerAsync()), TimeSpan.FromHours(1))
            .RequireRateLimiting(PublicAnswer.Limit);

    private static OpenApiRequestBody Body(BodyMembers members)
    {
        var schema = new OpenApiSchema
        {
            Type = JsonSchemaType.Object,
            Properties = new Dictionary<string, IOpenApiSchema>(),
            Required = new HashSet<string>(),
        };
        foreach (var member in members.Names)
        {
            var name = member.TrimEnd('?');
            schema.Properties[name] = new OpenApiSchema { Type = TypeOf(name) };
            if (name == member)
                schema.Required.Add(name);
        }
        return new OpenApiRequestBody
        {
            Content = new Dictionary<string, OpenApiMediaType> { ["application/json"] = new() { Schema = schema } },
        };
    }

    private static JsonSchemaType TypeOf(string name) =>
        name switch
        {
            "start_now" or "approve" or "on" => JsonSchemaType.Boolean,
            "amount_cents" or "lease_number" or "as_of" or "charge_micros" or "period_end" or "days" =>
                JsonSchemaType.Integer,
            _ => JsonSchemaType.String,
        };
}

/// <summary>
/// The API description as bytes. It is the same for every caller, so it is generated at the first request and kept:
/// generating it walks all routes and their types, and anybody may ask for it.
/// </summary>
internal sealed class OpenApiText(IServiceProvider services)
{
    private readonly Lazy<Task<(byte[] Json, EntityTagHeaderValue Tag)>> text = new(() => GenerateAsync(services));

    /// <returns>200 with the document and its ETag, or 304 when the caller has it.</returns>
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
