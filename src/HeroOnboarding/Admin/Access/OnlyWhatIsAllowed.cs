using Microsoft.AspNetCore.Mvc.Rendering;
using Microsoft.AspNetCore.Mvc.ViewFeatures;
using Microsoft.AspNetCore.Razor.TagHelpers;

namespace HeroOnboarding.Admin.Access;

/// <summary>
/// Hides on operators' pages what the reader may not do: viewers see no forms that change something and no buttons
/// of such forms; links to pages that the reader may not open become plain text. The policies of the routes
/// enforce the rights.
/// </summary>
[HtmlTargetElement("form", Attributes = "method")]
[HtmlTargetElement("button", Attributes = "form")]
[HtmlTargetElement("a", Attributes = "href")]
public sealed class OnlyWhatIsAllowed : TagHelper
{
    /// <summary>The last tag helper, so that no other adds to a suppressed element.</summary>
    public override int Order => int.MaxValue;

    [ViewContext]
    [HtmlAttributeNotBound]
    public ViewContext ViewContext { get; set; } = null!;

    public override void Process(TagHelperContext context, TagHelperOutput output)
    {
        var user = ViewContext.HttpContext.User;
        string Said(string name) =>
            context.AllAttributes.TryGetAttribute(name, out var found) ? found.Value?.ToString() ?? "" : "";
        if (context.TagName == "a")
        {
            if (
                user.Role() is null
                || !Said("href").StartsWith("/admin", StringComparison.Ordinal)
                || user.Has(Rights.ForPage(Said("href")))
            )
                return;
            if (Said("class").Contains("btn", StringComparison.Ordinal))
                output.SuppressOutput();
            output.TagName = output.TagName is null ? null : "span";
            output.Attributes.RemoveAll("href");
        }
        else if (
            user.Role() == OperatorRole.Viewer
            && (context.TagName == "button" || Said("method").Equals("post", StringComparison.OrdinalIgnoreCase))
            && Said("action") is not ("/admin/logout" or "/admin/login")
        )
            output.SuppressOutput();
    }
}
