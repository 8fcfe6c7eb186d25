using System.Reflection;
using Microsoft.AspNetCore.Mvc.ApplicationModels;
using Microsoft.AspNetCore.Mvc.ModelBinding;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace HeroOnboarding.Web;

/// <summary>
/// Skips the model description of page properties that do not declare a binding. Razor describes every property of
/// every page at the start, including the twenty that each page inherits from <c>PageModel</c>; that was two thirds of
/// the cost of pages at the start.
/// </summary>
internal sealed class UnboundProperties(IPageApplicationModelPartsProvider usual) : IPageApplicationModelPartsProvider
{
    /// <summary>Decorates the registered provider.</summary>
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

    /// <summary>
    /// Checks the attributes of the property itself; <c>[BindProperties]</c> on a page has no effect.
    /// </summary>
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
