namespace HeroOnboarding.Simulators.Idenfy;

/// <summary>The pages for browsers: the link, the page of the check, and the index of all checks.</summary>
internal static class IdenfyWeb
{
    public static void Map(WebApplication app, IdenfySimulator idenfy)
    {
        app.MapGet("/", () => IdenfyPages.Index(idenfy));
        app.MapPost("/", (Delegate)((HttpContext http) => ActAsync(http, idenfy)));
        // iDenfy redirects to another host, ui.idenfy.com.
        app.MapGet(
            "/api/v2/redirect",
            (string? authToken) => Results.Redirect($"/ui?authToken={Uri.EscapeDataString(authToken ?? "")}")
        );
        app.MapGet("/ui", (string? authToken) => Show(authToken, idenfy));
        app.MapPost("/ui", (Delegate)((HttpContext http) => ChooseAsync(http, idenfy)));
        app.MapGet("/result", (string? status) => IdenfyPages.Result(status));
    }

    private static IResult Show(string? authToken, IdenfySimulator idenfy) =>
        authToken is not null && idenfy.Open(authToken) is { } scan
            ? IdenfyPages.Check(scan)
            : IdenfyPages.Unusable(idenfy.ByToken(authToken));

    private static async Task<IResult> ChooseAsync(HttpContext http, IdenfySimulator idenfy)
    {
        var form = await http.Request.ReadFormAsync();
        if (idenfy.ByToken(form["authToken"]) is not { Verdict: null } scan)
            return IdenfyPages.Unusable(idenfy.ByToken(form["authToken"]));
        try
        {
            var choice = form["choice"].ToString();
            var callback = await (
                choice switch
                {
                    IdenfyPages.Approve => idenfy.ApproveAsync(scan.ScanRef),
                    IdenfyPages.Deny => idenfy.DenyAsync(scan.ScanRef, Field(form, "reason") ?? "DOC_EXPIRED"),
                    IdenfyPages.Suspect => idenfy.SuspectAsync(scan.ScanRef, Field(form, "tag") ?? "DUPLICATE_FACE"),
                    IdenfyPages.Machine => idenfy.ApproveByMachineAsync(scan.ScanRef),
                    IdenfyPages.Expire => idenfy.ExpireAsync(scan.ScanRef),
                    _ => idenfy.CancelAsync(scan.ScanRef),
                }
            );
            return SeeOther(idenfy.Bounces(callback) ? ErrorUrl(scan) : NextUrl(scan, choice));
        }
        catch (InvalidOperationException)
        {
            // Another request decided first, for example from a second tab.
            return IdenfyPages.Unusable(idenfy.ByToken(scan.AuthToken));
        }
    }

    private static async Task<IResult> ActAsync(HttpContext http, IdenfySimulator idenfy)
    {
        var form = await http.Request.ReadFormAsync();
        var scanRef = form["scan"].ToString();
        try
        {
            await (
                form["act"].ToString() switch
                {
                    IdenfyPages.Approve => idenfy.ApproveAsync(scanRef),
                    IdenfyPages.Deny => idenfy.DenyAsync(scanRef, "DOC_FAKE"),
                    IdenfyPages.Expire => idenfy.ExpireAsync(scanRef),
                    IdenfyPages.ResubmitApproved => idenfy.ResubmitAsync(scanRef, IdenfyVerdict.Approved),
                    IdenfyPages.ResubmitDenied => idenfy.ResubmitAsync(scanRef, IdenfyVerdict.Denied("DOC_FAKE")),
                    _ => idenfy.Callbacks.LastOrDefault(callback => callback.ScanRef == scanRef) is { } last
                        ? idenfy.DeliverAsync(last)
                        : Task.CompletedTask,
                }
            );
        }
        catch (Exception e) when (e is InvalidOperationException or HttpRequestException or OperationCanceledException)
        {
            // The page shows the state, including a failed delivery.
        }
        return SeeOther("/");
    }

    // Tags have no effect on this redirect: a check that passed leads to the success page. A check without a result
    // leads to the unverified page.
    private static string NextUrl(IdenfyScan scan, string choice) =>
        choice switch
        {
            IdenfyPages.Approve or IdenfyPages.Suspect or IdenfyPages.Machine => scan.SuccessUrl
                ?? "/result?status=success",
            IdenfyPages.Deny => ErrorUrl(scan),
            _ => scan.UnverifiedUrl ?? "/result?status=unverified",
        };

    private static string? Field(IFormCollection form, string name) =>
        form[name].ToString() is { Length: > 0 } value ? value : null;

    private static string ErrorUrl(IdenfyScan scan) => scan.ErrorUrl ?? "/result?status=fail";

    private static SeeOtherResult SeeOther(string url) => new(url);

    private sealed class SeeOtherResult(string url) : IResult
    {
        public Task ExecuteAsync(HttpContext httpContext)
        {
            httpContext.Response.StatusCode = StatusCodes.Status303SeeOther;
            httpContext.Response.Headers.Location = url;
            return Task.CompletedTask;
        }
    }
}
