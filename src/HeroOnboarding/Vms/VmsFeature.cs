using HeroOnboarding.Accounts;
using HeroOnboarding.Configuration;
using HeroOnboarding.Plans;
using HeroOnboarding.Store;
using HeroOnboarding.Web;
using HeroOnboarding.Web.Requests;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Vms;

/// <summary>Leasing machines: allocate, release, replace, auto-release, and the dashboard.</summary>
public static class VmsFeature
{
    public static void Map(ModelBuilder model) =>
        model.Entity<VmAllocation>(row =>
        {
            row.ToTable(
                    "vm_allocations",
                    t =>
                        t.HasCheckConstraint(
                            "ck_vm_allocations_status",
                            "status IN ('Pending', 'Active', 'Released', 'Failed')"
                        )
                )
                .HasKey(a => a.Sid);
            row.HasIndex(a => a.PoolVmId).IsUnique().HasFilter(Lease.Live).HasDatabaseName("ux_vm_allocations_live");
            row.HasIndex(a => new { a.UserSid, a.Sid });
            // The leases that a customer holds, however many were released; as small as the pool.
            row.HasIndex(a => new { a.UserSid, a.Sid }, "ix_vm_allocations_held").HasFilter(Lease.Live);
            row.HasIndex(a => new { a.PurchaseSid, a.CreatedAt });
            row.HasIndex(a => new { a.ExpiresAt, a.Sid });
            row.HasIndex(a => new { a.ExpiresAt, a.Sid }, "ix_vm_allocations_expiring").HasFilter(Lease.Live);
            row.HasIndex(a => new { a.Status, a.Sid });
            row.HasIndex(a => new { a.PoolVmId, a.LeaseNumber });
            row.Ignore(a => a.IsLive);
            row.HasOne<Account>().WithMany().HasForeignKey(a => a.UserSid).OnDelete(DeleteBehavior.Restrict);
            row.HasOne<Purchase>().WithMany().HasForeignKey(a => a.PurchaseSid).OnDelete(DeleteBehavior.Restrict);
        });

    public static void Add(IServiceCollection services, LoadedOptions options)
    {
        services.AddRefusals("Machines", typeof(VmRefusals));
        services.AddSingleton<TellIdentities>(LeaseNotices.AssignAgainAsync);
        services.AddSingleton<Provisioners>();
        services.DescribeTag("Machines", "Taking a machine, replacing it and giving it back.");
        services.AddSingleton<AllocateVm>();
        services.AddSingleton<ReleaseVm>();
        services.AddSingleton<ExpireVm>();
        services.AddSingleton<AutoRelease>();
        services.AddJob<AutoReleaseJob>(
            AutoReleaseJob.Name,
            options.Get<LeaseOptions>().AutoReleaseEvery,
            "Releases machines whose expires_at is over",
            needsTrueClock: true
        );
        services.AddSingleton<ReplaceVm>();
    }

    public static void Routes(IEndpointRouteBuilder app)
    {
        var vm = app.MapGroup("/vm").RequireAuthorization(Policies.Customer).WithTags("Machines");
        vm.MapPost("/allocate", AllocateAsync)
            .LimitRate("vm.allocate")
            .WithSummary("Take a machine from the pool.")
            .WithMetadata(new KeepsInputs(SshPublicKey.Field))
            .FormsReturnTo("/dashboard")
            .Produces<VmAnswer>(201)
            .Produces<VmAnswer>(202)
            .Refuses(402, 409, 422);
        vm.MapPost("/release", ReleaseAsync)
            .LimitRate("vm.release")
            .WithSummary("Give a machine back; repeating it answers the same.")
            .FormsReturnTo("/dashboard")
            .Produces<VmAnswer>()
            .Refuses(401, 404, 429, 503);
        AutoReleaseRoutes.Map(app);
        vm.MapPost("/replace", ReplaceAsync)
            .LimitRate("vm.replace")
            .WithSummary(
                "This machine does not work: it is taken out, and another one takes its place. No slot is used."
            )
            .FormsReturnTo("/dashboard")
            .Produces<VmAnswer>(201)
            .Refuses(404, 409);
    }

    private static async Task<IResult> AllocateAsync(
        HttpContext http,
        KeyedRequest<AllocateVmRequest> request,
        AllocateVm allocate
    )
    {
        var outcome = await allocate.RunAsync(
            http.Actor(),
            http.User.AccountSid(),
            request.Body.SshPublicKey,
            request.Key,
            http.RequestAborted
        );
        return request.Answer(
            outcome,
            "/dashboard",
            v => ("started", v.Sid),
            v => v.Status == AllocationStatus.Pending ? 202 : 201
        );
    }

    private static async Task<IResult> ReplaceAsync(
        HttpContext http,
        KeyedRequest<ReplaceVmRequest> request,
        ReplaceVm replace
    )
    {
        var problem = request.Body.Problem is { } said ? SafeText.Clean(said.ReplaceLineEndings(" ")).Trim() : null;
        var outcome = await replace.RunAsync(
            http.Actor(),
            http.User.AccountSid(),
            request.Body.AllocationSid,
            problem is "" ? null : problem,
            request.Key,
            http.RequestAborted
        );
        return request.Answer(outcome, "/dashboard", v => ("started", v.Sid), 201);
    }

    private static async Task<IResult> ReleaseAsync(
        HttpContext http,
        Request<ReleaseVmRequest> request,
        ReleaseVm release
    )
    {
        var outcome = await release.RunAsync(
            http.Actor(),
            http.User.AccountSid(),
            request.Body.AllocationSid,
            "customer",
            http.RequestAborted
        );
        return request.Answer(outcome, "/dashboard", v => ("released", v.Sid));
    }
}
