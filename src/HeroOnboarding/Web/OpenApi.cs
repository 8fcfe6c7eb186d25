using Microsoft.OpenApi;

namespace HeroOnboarding.Web;

/// <summary>The API description at <c>/openapi.json</c>; the committed copy in <c>docs/</c> is tested to be the same.</summary>
internal static class OpenApi
{
    public static void Add(IServiceCollection services) => services.AddOpenApi("v1", options =>
    {
        options.AddDocumentTransformer((document, _, _) =>
        {
            document.Info = new OpenApiInfo
            {
                Title = "Hero Onboarding",
                Version = Health.Version,
                Description = "JSON is snake_case; refusals are application/problem+json with a stable 'code' (docs/refusals.md). "
                    + "Customers are signed in by cookie; operators' and machines' routes take the operator secret, or a machine token with a scope that fits, in X-Hero-Onboarding-Admin-Secret.",
            };
            document.Servers = [];
            return Task.CompletedTask;
        });
        options.AddOperationTransformer((operation, context, _) =>
        {
            if (context.Description.ActionDescriptor.EndpointMetadata.OfType<BodyMembers>().FirstOrDefault() is { } members)
                operation.RequestBody = Body(members);
            return Task.CompletedTask;
        });
    });

    public static void Routes(IEndpointRouteBuilder app) => app.MapOpenApi("/openapi.json").AllowAnonymous();

    private static OpenApiRequestBody Body(BodyMembers members)
    {
        var schema = new OpenApiSchema { Type = JsonSchemaType.Object, Properties = new Dictionary<string, IOpenApiSchema>(), Required = new HashSet<string>() };
        foreach (var member in members.Names)
        {
            var name = member.TrimEnd('?');
            schema.Properties[name] = new OpenApiSchema { Type = TypeOf(name) };
            if (name == member)
                schema.Required.Add(name);
        }
        return new OpenApiRequestBody { Content = new Dictionary<string, OpenApiMediaType> { ["application/json"] = new() { Schema = schema } } };
    }

    private static JsonSchemaType TypeOf(string name) => name switch
    {
        "start_now" or "approve" or "on" => JsonSchemaType.Boolean,
        "amount_cents" or "lease_number" or "as_of" or "charge_micros" or "period_end" or "days" => JsonSchemaType.Integer,
        _ => JsonSchemaType.String,
    };
}
