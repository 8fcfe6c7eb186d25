using HeroOnboarding.Store;
using HeroOnboarding.Web;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Pool;

/// <summary>What the deployer and operators send about the pool.</summary>
internal static class PoolRoutes
{
    /// <summary>Exactly what the original answers: machines listed before, entries in the body.</summary>
    internal sealed record RefreshAnswer(int PrevPoolSize, int PoolSize);

    public static void Map(IEndpointRouteBuilder app)
    {
        var pool = app.MapGroup("/admin").RequireAuthorization(Policies.Operator).WithTags("Pool");
        pool.MapPost("/pool-refresh", RefreshAsync).LimitBody(BodyLimit.Pool).WithSummary("Replace the whole pool: an array of machines, or {\"pool\": [machines]}.")
            .Produces<RefreshAnswer>().Refuses(400, 401, 403, 413, 415, 422, 503);
        pool.MapPost("/pool-vm-ready", ReadyAsync).WithSummary("Nothing of this lease is readable any more: the machine may be handed out again.")
            .Takes("pool_vm_id", "lease_number").Produces<ReadyAnswer>().Refuses(400, 401, 403, 404, 409, 422);
        pool.MapPost("/pool-vm-status", StatusAsync).WithSummary("Take a machine out for maintenance, or back; the next refresh may say otherwise.")
            .Takes("pool_vm_id", "status").Produces<StatusAnswer>().Refuses(400, 401, 403, 404, 422);
    }

    /// <summary>Order of answers: secret, provisioner, media type, size, well-formed, valid.</summary>
    private static async Task<IResult> RefreshAsync(HttpContext http, IServiceProvider services, Settings settings)
    {
        if (services.GetService<PoolAssignmentProvisioner>() is not { } pool)
            return Refusals.ProvisionerUnavailable.ToResult();
        if (!http.Request.HasJsonContentType())
            return Refusals.MediaType.ToResult();
        using var body = new MemoryStream();
        await http.Request.Body.CopyToAsync(body, http.RequestAborted);
        var text = PoolJson.Parse(body.GetBuffer().AsMemory(0, (int)body.Length), settings.IsDevelopment);
        if (text.Malformed)
            return (Refusals.BodyMalformed with { Detail = text.Errors[0] }).ToResult();
        if (text.Errors.Count > 0)
            return (Refusals.PoolInvalid with { Errors = text.Errors, Detail = $"{text.Errors.Count} mistakes; nothing was changed. First: {text.Errors[0]}" }).ToResult();
        var outcome = await pool.RefreshPoolAsync(text.Entries, http.Actor(), "http", http.RequestAborted);
        return outcome.IsRefused ? outcome.Refusal.ToResult() : Results.Json(new RefreshAnswer(outcome.Value.PrevSize, outcome.Value.Size), Json.Options);
    }

    private static async Task<IResult> ReadyAsync(HttpContext http, ReadyVm ready, TimeProvider clock)
    {
        var input = await Input.ReadAsync(http);
        if (input.IsForm && input.Flag("all"))
            return await ReadyAllAsync(http, ready, clock);
        var (id, lease) = (input.Text("pool_vm_id", 64), input.Number("lease_number"));
        if (input.Wrong is { } wrong)
            return Answer.Refused(input, wrong, "/admin/pool");
        if (id is null || lease is null)
            return Answer.Refused(input, Refusals.BodyInvalid with { Detail = "'pool_vm_id' and 'lease_number' are required." }, "/admin/pool");
        var outcome = await ready.RunAsync(http.Actor(), id, lease.Value, http.RequestAborted);
        return Answer.Of(http, input, outcome, "/admin/pool", "/admin/pool", _ => 200, v => ("ready", v.PoolVmId));
    }

    /// <summary>The button for all machines that wait; only those that waited when the operator looked.</summary>
    private static async Task<IResult> ReadyAllAsync(HttpContext http, ReadyVm ready, TimeProvider clock)
    {
        var seenUntil = (await http.Request.ReadFormAsync(http.RequestAborted))["seen_until"].ToString();
        if (!long.TryParse(seenUntil, out var micros) || micros < 0 || micros > Instants.ToMicros(clock.Now()))
            return Http.SeeOtherRefused("/admin/pool", Refusals.BodyInvalid);
        var outcome = await ready.RunAllAsync(http.Actor(), Instants.FromMicros(micros), http.RequestAborted);
        return Http.SeeOther($"/admin/pool?ready_count={outcome.Value}");
    }

    internal sealed record StatusAnswer(string PoolVmId, PoolStatus Status);

    private static async Task<IResult> StatusAsync(HttpContext http, Writer writer)
    {
        var input = await Input.ReadAsync(http);
        var (id, status) = (input.Text("pool_vm_id", 64), input.Text("status", 16));
        if (input.Wrong is { } wrong)
            return Answer.Refused(input, wrong, "/admin/pool");
        if (id is null || status is not ("available" or "maintenance"))
            return Answer.Refused(input, Refusals.BodyInvalid with { Detail = "'pool_vm_id' is required and 'status' must be 'available' or 'maintenance'." }, "/admin/pool");
        var to = Names.Parse<PoolStatus>(status);
        var outcome = await writer.RunAsync<StatusAnswer>("pool.status", http.Actor(), async unit =>
        {
            if (await unit.Db.PoolVms.Where(vm => vm.Id == id).ExecuteUpdateAsync(set => set.SetProperty(vm => vm.Status, to)) == 0)
                return Refusals.PoolVmUnknown;
            unit.Note(id, new { status });
            return new StatusAnswer(id, to);
        }, http.RequestAborted);
        return Answer.Of(http, input, outcome, "/admin/pool", "/admin/pool", _ => 200, v => (Names.Of(v.Status), v.PoolVmId));
    }
}
