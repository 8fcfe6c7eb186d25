using System.Text;
using HeroOnboarding.Pool;
using HeroOnboarding.Vms;
using HeroOnboarding.Web;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace HeroOnboarding.Admin.Pool;

/// <summary>
/// <c>/admin/pool-preview</c>: takes a pool text, as a form or as JSON, and shows what it would change. Applying sends
/// the same text again, so the server stores nothing in between.
/// </summary>
public sealed class PoolPreviewModel(PreviewRefresh preview, IServiceProvider services, PortalOptions portal)
    : PageModel
{
    public const string Path = "/admin/pool-preview";

    public string Text { get; private set; } = "";
    public IReadOnlyList<string> Errors { get; private set; } = [];
    public RefreshPreview? Preview { get; private set; }

    public void OnGet() { }

    public async Task<IActionResult> OnPostAsync(CancellationToken cancel)
    {
        if (services.GetService<PoolAssignmentProvisioner>() is null)
            return await this.RefuseAsync(VmRefusals.ProvisionerUnavailable);
        Text = await ReadAsync(Request, cancel);
        var text = PoolJson.Parse(Text, portal.IsDevelopment);
        if (WrongIn(text) is { } wrong)
        {
            if (!Request.IsForm())
                return await this.RefuseAsync(wrong);
            (Errors, Response.StatusCode) = (text.Errors, StatusCodes.Status422UnprocessableEntity);
            return Page();
        }
        Preview = await preview.RunAsync(text, cancel);
        return Request.IsForm() ? Page() : new JsonResult(Preview, Json.Options);
    }

    /// <summary><c>POST /admin/pool-apply</c>: the form below a preview.</summary>
    public static async Task<IResult> ApplyAsync(HttpContext http, IServiceProvider services, PortalOptions portal)
    {
        if (services.GetService<PoolAssignmentProvisioner>() is not { } pool)
            return VmRefusals.ProvisionerUnavailable.ToResult();
        if (!http.Request.IsForm())
            return (
                Refusals.MediaType with
                {
                    Next = "Send the form of the preview page; programs use /admin/pool-refresh.",
                }
            ).ToResult();
        var text = PoolJson.Parse(await ReadAsync(http.Request, http.RequestAborted), portal.IsDevelopment);
        if (WrongIn(text) is { } wrong)
            return wrong.ToResult();
        var outcome = await pool.RefreshPoolAsync(text.Entries, http.Actor(), "page", http.RequestAborted);
        return outcome.IsRefused
            ? outcome.Refusal.ToResult()
            : Http.SeeOther("/admin/pool?refreshed=" + outcome.Value.Sid);
    }

    private static Refusal? WrongIn(PoolText text) =>
        text.Malformed ? Refusals.BodyMalformed with { Detail = text.Errors[0] }
        : text.Errors.Count > 0
            ? PoolRefusals.PoolInvalid with
            {
                Errors = text.Errors,
                Detail = $"{Show.Count(text.Errors.Count, "mistake")}; nothing was changed. First: {text.Errors[0]}",
            }
        : null;

    /// <summary>Reads the chosen file, otherwise the entered text; or the whole body if it is JSON.</summary>
    private static async Task<string> ReadAsync(HttpRequest request, CancellationToken cancel)
    {
        if (!request.IsForm() && !request.HasJsonContentType())
            throw new BadHttpRequestException("Neither a form nor JSON.", StatusCodes.Status415UnsupportedMediaType);
        var form = request.IsForm() ? await request.HttpContext.FormAsync() : null;
        if (form is not null && form.Files.GetFile("file") is not { Length: > 0 })
            return form["pool"].ToString();
        await using var from = form is null ? request.Body : form.Files.GetFile("file")!.OpenReadStream();
        using var reader = new StreamReader(from, Encoding.UTF8);
        return await reader.ReadToEndAsync(cancel);
    }
}
