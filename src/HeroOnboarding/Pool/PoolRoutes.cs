using HeroOnboarding.Store;
using HeroOnboarding.Vms;
using HeroOnboarding.Web;

namespace HeroOnboarding.Pool;

/// <summary>What the deployer and operators send about the pool.</summary>
internal static class PoolRoutes
{
    private const string Page = "/admin/pool";

    /// <summary>Exactly what the original answers: machines listed before, entries in the body.</summary>
    internal sealed record RefreshAnswer(int PrevPoolSize, int PoolSize);

    public static void Map(IEndpointRouteBuilder app)
    {
        var pool = app.MapGroup("/admin").RequireAuthorization(Policies.Operator).WithTags("Pool");
        pool.MapPost("/pool-refresh", RefreshAsync)
            .ForScope(TokenScopes.Pool)
            .LimitBody(BodyLimit.Pool)
            .WithSummary("Replace the whole pool: an array of machines, or {\"pool\": [machines]}.")
            .Produces<RefreshAnswer>()
            .Refuses(400, 401, 403, 413, 415, 422, 503);
        pool.MapPost("/pool-vm-ready", ReadyAsync)
            .ForScope(TokenScopes.Pool, TokenScopes.Deployer)
            .WithSummary(
                "Nothing of this lease is readable any more: the machine may be handed out again. A quarantine ends "
                    + "only with lift_quarantine."
            )
            .Takes("pool_vm_id", "lease_number", "lift_quarantine?")
            .Produces<ReadyAnswer>()
            .Refuses(400, 401, 403, 404, 409, 422);
        pool.MapPost("/pool-vm-wipe-failed", WipeFailedAsync)
            .ForScope(TokenScopes.Deployer)
            .WithSummary(
                "Erasing this lease went wrong: counted, asked again, and after too many times the machine is "
                    + "quarantined."
            )
            .Takes("pool_vm_id", "lease_number", "reason")
            .Produces<FailedWipeAnswer>()
            .Refuses(400, 401, 403, 404, 409, 422);
        pool.MapPost("/pool-vm-status", StatusAsync)
            .ForScope(TokenScopes.Pool)
            .WithSummary("Take a machine out for maintenance, or back; the next refresh may say otherwise.")
            .Takes("pool_vm_id", "status")
            .Produces<StatusAnswer>()
            .Refuses(400, 401, 403, 404, 422);
        pool.MapPost("/pool-vm-quarantine", QuarantineAsync)
            .WithSummary("Keep a machine out, with a reason, whatever refreshes say.")
            .Takes("pool_vm_id", "reason")
            .Produces<QuarantineAnswer>()
            .Refuses(400, 401, 403, 404, 422);
        pool.MapPost("/pool-vm-lift", LiftAsync)
            .WithSummary("End a quarantine, with a reason.")
            .Takes("pool_vm_id", "reason")
            .Produces<QuarantineAnswer>()
            .Refuses(400, 401, 403, 404, 409, 422);
        pool.MapPost("/pool-many", ManyAsync)
            .LimitBody(BodyLimit.Many)
            .WithSummary($"One change for up to {ChangeMany.Most} machines: 'machines' is \"id:lease id:lease …\".")
            .Takes("action", "machines", "reason?")
            .Produces<ManyAnswer>()
            .Refuses(400, 401, 403, 404, 422);
    }

    /// <summary>Order of answers: secret, provisioner, media type, size, well-formed, valid.</summary>
    private static async Task<IResult> RefreshAsync(HttpContext http, IServiceProvider services, Settings settings)
    {
        if (services.GetService<PoolAssignmentProvisioner>() is not { } pool)
            return VmRefusals.ProvisionerUnavailable.ToResult();
        if (!http.Request.HasJsonContentType())
            return Refusals.MediaType.ToResult();
        using var body = new MemoryStream();
        await http.Request.Body.CopyToAsync(body, http.RequestAborted);
        var text = PoolJson.Parse(body.GetBuffer().AsMemory(0, (int)body.Length), settings.IsDevelopment);
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

    private static async Task<IResult> ReadyAsync(HttpContext http, ReadyVm ready)
    {
        var input = await Input.ReadAsync(http);
        var (id, lease, lift) = (
            input.Text("pool_vm_id", 64),
            input.Number("lease_number"),
            input.Flag("lift_quarantine")
        );
        if (input.Wrong is { } wrong)
            return Answer.Refused(input, wrong, Page);
        if (id is null || lease is null)
            return Answer.Refused(
                input,
                Refusals.BodyInvalid with
                {
                    Detail = "'pool_vm_id' and 'lease_number' are required.",
                },
                Page
            );
        // Whoever refreshes the pool does not end a quarantine; operators do, and the deployer.
        if (lift && http.User.Scopes() is { } scopes && !scopes.Contains(TokenScopes.Deployer))
            return TokenScopes.Refuse(scopes, TokenScopes.Deployer).ToResult();
        var outcome = await ready.RunAsync(http.Actor(), id, lease.Value, lift, http.RequestAborted);
        return Answer.Of(http, input, outcome, Page, Page, _ => 200, v => ("ready", v.PoolVmId));
    }

    private static async Task<IResult> WipeFailedAsync(HttpContext http, FailedWipe failed)
    {
        var input = await Input.ReadAsync(http);
        var (id, lease, reason) = (input.Text("pool_vm_id", 64), input.Number("lease_number"), input.Text("reason"));
        var key = await input.KeyAsync(http);
        if (
            (
                input.Wrong
                ?? (
                    key.IsRefused ? key.Refusal
                    : Reason.IsGiven(reason) ? null
                    : Refusals.ReasonRequired
                )
            ) is
            { } wrong
        )
            return Answer.Refused(input, wrong, Page);
        if (id is null || lease is null)
            return Answer.Refused(
                input,
                Refusals.BodyInvalid with
                {
                    Detail = "'pool_vm_id' and 'lease_number' are required.",
                },
                Page
            );
        var outcome = await failed.RunAsync(
            http.Actor(),
            id,
            lease.Value,
            Clean(reason!),
            key.Value,
            http.RequestAborted
        );
        return Answer.Once(http, input, outcome, Page, Page, _ => 200, v => ("failed", v.PoolVmId));
    }

    private static async Task<IResult> StatusAsync(HttpContext http, SetVmStatus set)
    {
        var input = await Input.ReadAsync(http);
        var (id, status) = (input.Text("pool_vm_id", 64), input.Text("status", 16));
        if (input.Wrong is { } wrong)
            return Answer.Refused(input, wrong, Page);
        if (id is null || status is not ("available" or "maintenance"))
            return Answer.Refused(
                input,
                Refusals.BodyInvalid with
                {
                    Detail = "'pool_vm_id' is required and 'status' must be 'available' or 'maintenance'.",
                },
                Page
            );
        var outcome = await set.RunAsync(http.Actor(), id, Names.Parse<PoolStatus>(status), http.RequestAborted);
        return Answer.Of(http, input, outcome, Page, Page, _ => 200, v => (Names.Of(v.Status), v.PoolVmId));
    }

    private static Task<IResult> QuarantineAsync(HttpContext http, QuarantineVm quarantine) =>
        WithReasonAsync(http, "quarantined", quarantine.RunAsync);

    private static Task<IResult> LiftAsync(HttpContext http, QuarantineVm quarantine) =>
        WithReasonAsync(http, "lifted", quarantine.LiftAsync);

    private static async Task<IResult> WithReasonAsync(
        HttpContext http,
        string said,
        Func<Actor, string, string, CancellationToken, Task<Outcome<QuarantineAnswer>>> run
    )
    {
        var input = await Input.ReadAsync(http);
        var (id, reason) = (input.Text("pool_vm_id", 64), input.Text("reason"));
        if ((input.Wrong ?? (Reason.IsGiven(reason) ? null : Refusals.ReasonRequired)) is { } wrong)
            return Answer.Refused(input, wrong, Page);
        if (id is null)
            return Answer.Refused(input, Refusals.BodyInvalid with { Detail = "'pool_vm_id' is required." }, Page);
        return Answer.Of(
            http,
            input,
            await run(http.Actor(), id, Clean(reason!), http.RequestAborted),
            Page,
            Page,
            _ => 200,
            v => (said, v.PoolVmId)
        );
    }

    private static async Task<IResult> ManyAsync(HttpContext http, ChangeMany change)
    {
        var input = await Input.ReadAsync(http);
        var (action, machines, reason) = (
            ReadAction(input.Text("action", 16)),
            ChangeMany.Parse(input.Text("machines", (int)BodyLimit.Many)),
            input.Text("reason")
        );
        if (input.Wrong is { } wrong)
            return Answer.Refused(input, wrong, Page);
        if (action is null || machines is null || machines.Count > ChangeMany.Most)
            return Answer.Refused(
                input,
                Refusals.BodyInvalid with
                {
                    Detail =
                        "'action' must be one of "
                        + $"{string.Join(", ", Enum.GetValues<ManyAction>().Select(Names.Of))}; 'machines' "
                        + $"up to {ChangeMany.Most} different \"id:lease\".",
                },
                Page
            );
        if (action is ManyAction.Quarantine or ManyAction.Lift && !Reason.IsGiven(reason))
            return Answer.Refused(input, Refusals.ReasonRequired, Page);
        var outcome = await change.RunAsync(
            http.Actor(),
            action.Value,
            machines,
            Clean(reason ?? ""),
            http.RequestAborted
        );
        return Answer.Of(
            http,
            input,
            outcome,
            Page,
            Page,
            _ => 200,
            v => ("many", $"{Names.Of(v.Action)}.{v.Changed}.{v.Skipped.Count}")
        );
    }

    internal static ManyAction? ReadAction(string? text) =>
        Enum.GetValues<ManyAction>().Where(a => Names.Of(a) == text).Select(a => (ManyAction?)a).FirstOrDefault();

    /// <summary>A reason stands in lists and logs: one line, without characters that deceive.</summary>
    private static string Clean(string reason) => SafeText.Clean(reason.ReplaceLineEndings(" ")).Trim();
}
