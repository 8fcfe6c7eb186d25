using System.Reflection;
using Microsoft.AspNetCore.Mvc.ApplicationModels;
using Microsoft.AspNetCore.Mvc.ModelBinding;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace HeroOnboarding.Web;

/// <summary>
/// Razor describes every property of every page at the start, also the twenty that each page has from <c>PageModel</c>,
/// in case a request should fill it: two thirds of
/// what pages cost then. Properties that do not say that they are bound are passed by here.
/// </summary>
internal sealed class UnboundProperties(IPageApplicationModelPartsProvider usual) : IPageApplicationModelPartsProvider
{
    /// <summary>Stands in front of the provider that is registered.</summary>
    public static void PassBy(IServiceCollection services)
    {
        var usual = services
            .Single(s => s.ServiceType == typeof(IPageApplicationModelPartsProvider))
            .ImplementationType!;
        services.Replace(
            ServiceDescriptor.Singleton<IPageApplicationModelPartsProvider>(sp => new UnboundProperties(
                (IPageApplicationModelPartsProvider)ActivatorUtilities.CreateInstance(sp, usual)
            ))
        );
    }

    /// <summary>Attributes on the property itself; <c>[BindProperties]</c> on a page is not looked at.</summary>
    public PagePropertyModel CreatePropertyModel(PropertyInfo property) =>
        property
            .GetCustomAttributes()
            .Any(a => a is IBindingSourceMetadata or IModelNameProvider or IRequestPredicateProvider)
            ? usual.CreatePropertyModel(property)
            : new PagePropertyModel(property, []) { PropertyName = property.Name };

    public PageHandlerModel? CreateHandlerModel(MethodInfo method) => usual.CreateHandlerModel(method);

    public PageParameterModel CreateParameterModel(ParameterInfo parameter) => usual.CreateParameterModel(parameter);

    public bool IsHandler(MethodInfo methodInfo) => usual.IsHandler(methodInfo);
}
