using HeroOnboarding.Accounts;
using HeroOnboarding.Web;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace HeroOnboarding.Admin.Access;

/// <summary>Describes the security schemes of operators and programs in the OpenAPI document.</summary>
internal static class OperatorApiSecurity
{
    private const string Session = "operator_session",
        Secret = "operator_secret",
        Token = "machine_token";

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
                        Name = Sessions.CookieName(SessionKind.Operator),
                        Description = "An operator's session, from a sign-in in a browser.",
                    }
                );
                document.AddComponent(Secret, Header("The operator secret: everything operators and owners may."));
                document.AddComponent(
                    Token,
                    Header(
                        "A machine token with one of the scopes that the operation names: "
                            + string.Join("; ", TokenScopes.Plain.Select(s => $"{s.Name}: {s.Meaning}"))
                            + "."
                    )
                );
                return Task.CompletedTask;
            }
        );
        options.AddOperationTransformer(
            (operation, context, _) =>
            {
                var metadata = context.Description.ActionDescriptor.EndpointMetadata;
                var policy = metadata.OfType<IAllowAnonymous>().Any()
                    ? null
                    : metadata.OfType<IAuthorizeData>().Select(a => a.Policy).LastOrDefault();
                if (policy is not (Policies.Viewer or Policies.Operator or Policies.Owner))
                    return Task.CompletedTask;
                operation.Security =
                [
                    new() { [new(Secret, context.Document)] = [] },
                    new() { [new(Session, context.Document)] = [] },
                ];
                if (Scopes(metadata, policy) is { Count: > 0 } scopes)
                    operation.Security.Add(new() { [new(Token, context.Document)] = scopes });
                return Task.CompletedTask;
            }
        );
    }

    private static List<string> Scopes(IList<object> metadata, string policy) =>
        metadata.OfType<Web.Scope>().LastOrDefault() is { } scope ? [.. scope.Names]
        : policy == Policies.Viewer ? [TokenScopes.Read]
        : [];

    private static OpenApiSecurityScheme Header(string description) =>
        new()
        {
            Type = SecuritySchemeType.ApiKey,
            In = ParameterLocation.Header,
            Name = OperatorAuthentication.Header,
            Description = description,
        };
}
