using Microsoft.AspNetCore.Mvc.ApiExplorer;
using Microsoft.AspNetCore.Mvc.ModelBinding;

namespace HeroOnboarding.Web.Requests;

/// <summary>
/// Adds to the API description the record that a route's body is read into. A parameter that binds itself, as
/// <see cref="Request{T}"/> does, hides it.
/// </summary>
internal sealed class RequestBodies : IApiDescriptionProvider
{
    /// <summary>After the provider that finds the routes (-1100), whose results are needed.</summary>
    public int Order => 0;

    public void OnProvidersExecuting(ApiDescriptionProviderContext context)
    {
        foreach (var route in context.Results)
        {
            if (Of(route) is not { } body)
                continue;
            route.ParameterDescriptions.Add(
                new ApiParameterDescription
                {
                    Name = "body",
                    Type = body.Type,
                    Source = BindingSource.Body,
                    IsRequired = RequestMember.Of(body.Type).Any(m => m.MustBeInJson),
                }
            );
            route.SupportedRequestFormats.Add(new ApiRequestFormat { MediaType = "application/json" });
        }
    }

    public void OnProvidersExecuted(ApiDescriptionProviderContext context) { }

    public static RequestBody? Of(ApiDescription route) =>
        route.ActionDescriptor.EndpointMetadata.OfType<RequestBody>().FirstOrDefault();
}
