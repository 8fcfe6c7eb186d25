using HeroOnboarding.Accounts;
using HeroOnboarding.Web;
using HeroOnboarding.Web.Requests;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Kyc;

/// <summary>Identity checks: table, services and routes.</summary>
public static class KycFeature
{
    public static void Map(ModelBuilder model) =>
        model.Entity<KycSession>(row =>
        {
            row.ToTable(
                    "kyc_sessions",
                    t =>
                        t.HasCheckConstraint(
                            "ck_kyc_sessions_state",
                            "state IN ('pending', 'in_progress', 'completed', 'failed', 'expired')"
                        )
                )
                .HasKey(s => s.Sid);
            row.HasIndex(s => s.AccountSid)
                .IsUnique()
                .HasFilter("state IN ('pending', 'in_progress')")
                .HasDatabaseName("ux_kyc_sessions_live");
            row.HasIndex(s => new { s.Provider, s.ScanRef })
                .IsUnique()
                .HasFilter("scan_ref IS NOT NULL")
                .HasDatabaseName("ux_kyc_sessions_scan");
            row.HasIndex(s => new { s.AccountSid, s.Sid });
            row.HasIndex(s => new { s.State, s.Sid });
            row.HasIndex(s => s.Sid).HasFilter("needs_review").HasDatabaseName("ix_kyc_sessions_review");
            row.Property(s => s.VerdictUntimed).HasDefaultValue(false);
            row.Ignore(s => s.IsLive);
            row.HasOne<Account>().WithMany().HasForeignKey(s => s.AccountSid).OnDelete(DeleteBehavior.Restrict);
        });

    public static void Add(IServiceCollection services)
    {
        services.AddRefusals("Verification", typeof(KycRefusals));
        services.AddSingleton<StartVerification>();
        services.DescribeTag("Verification", "Checking who a customer is.");
        services.AddSingleton<ResetVerification>();
        services.AddSingleton<ReadVerification>();
        services.AddSingleton<TakeVerdict>();
        services.AddSingleton<DecideVerification>();
    }

    public static void Routes(IEndpointRouteBuilder app)
    {
        var kyc = app.MapGroup("/kyc").RequireAuthorization(Policies.Customer).WithTags("Verification");
        kyc.MapGet("/start", ResumeAsync)
            .WithSummary("Back to the provider's page of the check that is open, else to /kyc.")
            .Produces(303)
            .Refuses(503);
        kyc.MapPost("/start", StartAsync)
            .LimitRate("kyc.start")
            .WithSummary("Start a check, or go on with the one that is open: 303 to the provider's page.")
            .FormsReturnTo("/kyc")
            .Produces(303)
            .Refuses(409);
        kyc.MapPost("/reset", ResetAsync)
            .LimitRate("kyc.reset")
            .WithSummary("After a check that failed or expired: the next one is made as a new client of the provider.")
            .FormsReturnTo("/kyc")
            .Produces<ResetAnswer>()
            .Refuses(409);
        app.MapPost("/admin/kyc-decide", DecideAsync)
            .RequireAuthorization(Policies.Operator)
            .WithTags("Operators")
            .WithSummary("Approve or deny a suspected identity.")
            .FormsReturnTo("/admin/kyc")
            .Produces<DecideAnswer>()
            .Refuses(404, 409, 422);
    }

    private static async Task<IResult> ResumeAsync(HttpContext http, StartVerification start)
    {
        if (!start.IsOn)
            return KycRefusals.KycOff.ToResult();
        return await start.LiveLinkAsync(http.User.AccountSid(), http.RequestAborted) is { } page
            ? Http.SeeOtherOutside(page)
            : Http.SeeOther("/kyc");
    }

    private static async Task<IResult> StartAsync(HttpContext http, Request request, StartVerification start)
    {
        var outcome = await start.RunAsync(http.Actor(), http.User.AccountSid(), http.RequestAborted);
        if (outcome.IsRefused)
            return request.Refused(outcome.Refusal);
        return outcome.Value.Page is { } page ? Http.SeeOtherOutside(page) : Http.SeeOther("/kyc");
    }

    private static async Task<IResult> ResetAsync(HttpContext http, Request request, ResetVerification reset)
    {
        var outcome = await reset.RunAsync(http.Actor(), http.User.AccountSid(), http.RequestAborted);
        return request.Answer(outcome, "/kyc", _ => ("done", "reset"));
    }

    private static async Task<IResult> DecideAsync(
        HttpContext http,
        Request<DecideVerificationRequest> request,
        DecideVerification decide
    )
    {
        var (sid, approve, reason) = (request.Body.SessionSid, request.Body.Approve, request.Body.Reason);
        var outcome = await decide.RunAsync(http.Actor(), sid, approve, reason, http.RequestAborted);
        return request.Answer(outcome, "/admin/kyc", v => ("decided", v.SessionSid));
    }
}
