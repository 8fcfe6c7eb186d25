using HeroOnboarding.Web.Requests;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace HeroOnboarding.Web;

/// <summary>
/// Sets which members are required, as <see cref="Json"/> writes them: null values are omitted. So no member is
/// nullable; members of answers that cannot be null are required, members of requests where their record declares it.
/// </summary>
internal sealed class OpenApiMembers : IOpenApiDocumentTransformer
{
    public Task TransformAsync(
        OpenApiDocument document,
        OpenApiDocumentTransformerContext context,
        CancellationToken cancellationToken
    )
    {
        var requests = context
            .DescriptionGroups.SelectMany(group => group.Items)
            .Select(RequestBodies.Of)
            .OfType<RequestBody>()
            .DistinctBy(body => body.Type)
            .ToDictionary(body => body.Type.Name, body => body.Type);
        foreach (var names in (document.Components?.Schemas?.Values ?? []).OfType<OpenApiSchema>())
            if (names.Enum is { Count: > 0 } values)
                (names.Type, names.Enum) = (JsonSchemaType.String, [.. values.Where(v => v is not null)]);
        foreach (var (name, schema) in document.Components?.Schemas ?? new Dictionary<string, IOpenApiSchema>())
            if (schema is OpenApiSchema { Properties: { Count: > 0 } properties } of)
            {
                var always = properties.Where(p => !MayBeNull(p.Value)).Select(p => p.Key).ToHashSet();
                of.Required = requests.TryGetValue(name, out var type)
                    ? RequestMember.Of(type).Where(m => m.MustBeInJson).Select(m => m.Name).ToHashSet()
                    : always;
                foreach (var property in properties.Keys.ToList())
                    properties[property] = WithoutNull(properties[property]);
            }
        return Task.CompletedTask;
    }

    private static bool MayBeNull(IOpenApiSchema schema) =>
        schema.Type?.HasFlag(JsonSchemaType.Null) == true || schema.OneOf?.Any(IsNull) == true;

    private static bool IsNull(IOpenApiSchema schema) => schema is OpenApiSchema { Type: JsonSchemaType.Null };

    private static IOpenApiSchema WithoutNull(IOpenApiSchema schema)
    {
        if (schema.OneOf is { } choices && choices.Any(IsNull))
            return choices.Single(c => !IsNull(c));
        if (schema is OpenApiSchema plain && plain.Type?.HasFlag(JsonSchemaType.Null) == true)
            plain.Type &= ~JsonSchemaType.Null;
        return schema;
    }
}
