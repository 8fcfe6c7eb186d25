using HeroOnboarding.Vms;
using HeroOnboarding.Web;
using HeroOnboarding.Web.Requests;

namespace HeroOnboarding.Pool;

/// <summary>Routes of the deployer and of operators about the pool.</summary>
internal static class PoolRoutes
{
    private const string Page = "/admin/pool";

    /// <summary>The number of machines listed before, and of entries in the body (the original's members).</summary>
    internal sealed record RefreshAnswer(int PrevPoolSize, int PoolSize);

    public static void Map(IEndpointRouteBuilder app)
    {
        var pool = app.MapGroup("/admin").RequireAuthorization(Policies.Operator).WithTags("Pool");
        pool.MapPost("/pool-refresh", RefreshAsync)
            .ForScope(TokenScopes.Pool)
            .LimitBody(BodyLimit.Pool)
            .WithSummary("Replace the whole pool; the bare array of machines is accepted as well.")
            .WithMetadata(new RequestBody(typeof(RefreshPoolRequest), TakesKey: false))
            .Produces<RefreshAnswer>()
            .Refuses(400, 401, 403, 413, 415, 422, 503);
        pool.MapPost("/pool-vm-ready", ReadyAsync)
            .ForScope(TokenScopes.Pool, TokenScopes.Deployer)
            .WithSummary(
                "Nothing of this lease is readable any more: the machine may be handed out again. A quarantine ends "
                    + "only with lift_quarantine."
            )
            .FormsReturnTo(Page)
            .Produces<ReadyAnswer>()
            .Refuses(404, 409, 422);
        pool.MapPost("/pool-vm-wipe-failed", WipeFailedAsync)
            .ForScope(TokenScopes.Deployer)
            .WithSummary(
                "Erasing this lease went wrong: counted, asked again, and after too many times the machine is "
                    + "quarantined."
            )
            .FormsReturnTo(Page)
            .Produces<FailedWipeAnswer>()
            .Refuses(404, 409, 422);
        MapOperators(pool);
    }

    /// <summary>Routes for single machines, for operators.</summary>
    private static void MapOperators(RouteGroupBuilder pool)
    {
        pool.MapPost("/pool-vm-status", StatusAsync)
            .ForScope(TokenScopes.Pool)
            .WithSummary("Take a machine out for maintenance, or back; the next refresh may say otherwise.")
            .FormsReturnTo(Page)
            .Produces<StatusAnswer>()
            .Refuses(400, 401, 403, 404, 422);
        pool.MapPost("/pool-vm-quarantine", QuarantineAsync)
            .WithSummary("Keep a machine out, with a reason, whatever refreshes say.")
            .FormsReturnTo(Page)
            .Produces<QuarantineAnswer>()
            .Refuses(404, 422);
        pool.MapPost("/pool-vm-lift", LiftAsync)
            .WithSummary("End a quarantine, with a reason.")
            .FormsReturnTo(Page)
            .Produces<QuarantineAnswer>()
            .Refuses(404, 409, 422);
        pool.MapPost("/pool-many", ManyAsync)
            .LimitBody(BodyLimit.Many)
            .WithSummary($"One change for up to {ChangeMany.Most} machines: 'machines' is \"id:lease id:lease …\".")
            .FormsReturnTo(Page)
            .Produces<ManyAnswer>()
            .Refuses(404, 422);
    }

    /// <summary>Order of checks: secret, provisioner, media type, size, well-formed, valid.</summary>
    private static async Task<IResult> RefreshAsync(HttpContext http, IServiceProvider services, PortalOptions portal)
    {
        if (services.GetService<PoolAssignmentProvisioner>() is not { } pool)
            return VmRefusals.ProvisionerUnavailable.ToResult();
        if (!http.Request.HasJsonContentType())
            return Refusals.MediaType.ToResult();
        using var body = new MemoryStream();
        await http.Request.Body.CopyToAsync(body, http.RequestAborted);
        var text = PoolJson.Parse(body.GetBuffer().AsMemory(0, (int)body.Length), portal.IsDevelopment);
        if (text.Malformed)
            return (Refusals.BodyMalformed with { Detail = text.Errors[0] }).ToResult();
        if (text.Errors.Count > 0)
            return (
                PoolRefusals.PoolInvalid with
                {
                    Errors = text.Errors,
                    Detail =
                        $"{Show.Count(text.Errors.Count, "mistake")}; nothing was changed. First: {text.Errors[0]}",
                }
            ).ToResult();
        var outcome = await pool.RefreshPoolAsync(text.Entries, http.Actor(), "http", http.RequestAborted);
        return outcome.IsRefused
            ? outcome.Refusal.ToResult()
            : Results.Json(new RefreshAnswer(outcome.Value.PrevSize, outcome.Value.Size), Json.Options);
    }

    private static async Task<IResult> ReadyAsync(HttpContext http, Request<VmReadyRequest> request, ReadyVm ready)
    {
        var (id, lease, lift) = (request.Body.PoolVmId, request.Body.LeaseNumber, request.Body.LiftQuarantine);
        // A token that may refresh the pool cannot end a quarantine; operators and the deployer's token can.
        if (lift && http.User.Scopes() is { } scopes && !scopes.Contains(TokenScopes.Deployer))
            return TokenScopes.Refuse(scopes, TokenScopes.Deployer).ToResult();
        var outcome = await ready.RunAsync(http.Actor(), id, lease, lift, http.RequestAborted);
        return request.Answer(outcome, Page, v => ("ready", v.PoolVmId));
    }

    private static async Task<IResult> WipeFailedAsync(
        HttpContext http,
        KeyedRequest<WipeFailedRequest> request,
        FailedWipe failed
    )
    {
        var outcome = await failed.RunAsync(
            http.Actor(),
            request.Body.PoolVmId,
            request.Body.LeaseNumber,
            Clean(request.Body.Reason),
            request.Key,
            http.RequestAborted
        );
        return request.Answer(outcome, Page, v => ("failed", v.PoolVmId));
    }

    private static async Task<IResult> StatusAsync(
        HttpContext http,
        Request<SetVmStatusRequest> request,
        SetVmStatus set
    )
    {
        var (id, status) = (request.Body.PoolVmId, request.Body.Status);
        var outcome = await set.RunAsync(http.Actor(), id, status, http.RequestAborted);
        return request.Answer(outcome, Page, v => (Names.Of(v.Status), v.PoolVmId));
    }

    private static async Task<IResult> QuarantineAsync(
        HttpContext http,
        Request<QuarantineRequest> request,
        QuarantineVm quarantine
    )
    {
        var (id, reason) = (request.Body.PoolVmId, Clean(request.Body.Reason));
        var outcome = await quarantine.RunAsync(http.Actor(), id, reason, http.RequestAborted);
        return request.Answer(outcome, Page, v => ("quarantined", v.PoolVmId));
    }

    private static async Task<IResult> LiftAsync(
        HttpContext http,
        Request<QuarantineRequest> request,
        QuarantineVm quarantine
    )
    {
        var (id, reason) = (request.Body.PoolVmId, Clean(request.Body.Reason));
        var outcome = await quarantine.LiftAsync(http.Actor(), id, reason, http.RequestAborted);
        return request.Answer(outcome, Page, v => ("lifted", v.PoolVmId));
    }

    private static async Task<IResult> ManyAsync(
        HttpContext http,
        Request<ChangeManyRequest> request,
        ChangeMany change
    )
    {
        var (action, reason) = (request.Body.Action, request.Body.Reason);
        if (ChangeMany.Parse(request.Body.Machines) is not { Count: <= ChangeMany.Most } machines)
            return request.Refused(
                Refusals.BodyInvalid with
                {
                    Detail = $"'machines' must be up to {ChangeMany.Most} different \"id:lease\".",
                }
            );
        if (action is ManyAction.Quarantine or ManyAction.Lift && !Reason.IsGiven(reason))
            return request.Refused(Refusals.ReasonRequired);
        var outcome = await change.RunAsync(http.Actor(), action, machines, Clean(reason ?? ""), http.RequestAborted);
        return request.Answer(outcome, Page, v => ("many", $"{Names.Of(v.Action)}.{v.Changed}.{v.Skipped.Count}"));
    }

    internal static ManyAction? ReadAction(string? text) =>
        Enum.GetValues<ManyAction>().Where(a => Names.Of(a) == text).Select(a => (ManyAction?)a).FirstOrDefault();

    /// <summary>Cleans a reason for lists and logs: one line, without control and bidirectional characters.</summary>
    private static string Clean(string reason) => SafeText.Clean(reason.ReplaceLineEndings(" ")).Trim();
}
