using HeroOnboarding.Web;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace HeroOnboarding.Accounts;

/// <summary>Describes the customer's session cookie in the OpenAPI document.</summary>
internal static class SessionApiSecurity
{
    private const string Session = "session";

    public static void Describe(OpenApiOptions options)
    {
        options.AddDocumentTransformer(
            (document, _, _) =>
            {
                document.AddComponent(
                    Session,
                    new OpenApiSecurityScheme
                    {
                        Type = SecuritySchemeType.ApiKey,
                        In = ParameterLocation.Cookie,
                        Name = Sessions.CookieName(SessionKind.Customer),
                        Description = "A customer's session, from a sign-in in a browser.",
                    }
                );
                return Task.CompletedTask;
            }
        );
        options.AddOperationTransformer(
            (operation, context, _) =>
            {
                var metadata = context.Description.ActionDescriptor.EndpointMetadata;
                if (metadata.OfType<IAllowAnonymous>().Any())
                    operation.Security = [];
                else if (metadata.OfType<IAuthorizeData>().Any(a => a.Policy == Policies.Customer))
                    operation.Security = [new() { [new(Session, context.Document)] = [] }];
                return Task.CompletedTask;
            }
        );
    }
}
