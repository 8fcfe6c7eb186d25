using HeroOnboarding.Accounts.Forge;
using HeroOnboarding.Admin.Access;
using HeroOnboarding.Admin.Customers;
using HeroOnboarding.Admin.Leases;
using HeroOnboarding.Admin.Monitoring;
using HeroOnboarding.Admin.Payments;
using HeroOnboarding.Admin.Pool;
using HeroOnboarding.Admin.Verification;
using HeroOnboarding.Pool;
using HeroOnboarding.Store;
using HeroOnboarding.Vms;
using HeroOnboarding.Web;
using HeroOnboarding.Web.Requests;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Admin;

/// <summary>Operators' pages with their JSON routes, and the actions that belong to no other feature.</summary>
public static class AdminFeature
{
    public static void Map(ModelBuilder model)
    {
        model.Entity<OperatorRow>(row =>
        {
            row.ToTable(
                    "operators",
                    t => t.HasCheckConstraint("ck_operators_role", "role IN ('viewer', 'operator', 'owner')")
                )
                .HasKey(o => o.ForgeId);
            row.Property(o => o.ForgeId).HasMaxLength(20);
        });
        model.Entity<MachineToken>(row =>
        {
            row.ToTable("machine_tokens").HasKey(t => t.Sid);
            row.HasIndex(t => t.Name).IsUnique();
            row.HasIndex(t => t.TokenHash).IsUnique();
            row.HasIndex(t => new { t.ExpiresAt, t.Sid });
        });
    }

    public static void Add(IServiceCollection services)
    {
        services.AddRefusals("Operators", typeof(AccessRefusals));
        services.Describe(OperatorApiSecurity.Describe);
        services.DescribeTag("Operators", "What operators and their programs read and do.");
        services.AddSingleton<OperatorSignIn>();
        services.AddSingleton(new ForgeReturn(ForgeSignInIntent.Operator, OperatorSignIn.FromForgeAsync));
        services.AddSingleton<OperatorRoles>();
        services.AddSingleton<SetOperator>();
        services.AddSingleton<CreateToken>();
        services.AddSingleton<FindToken>();
        services.AddSingleton<ReviewAccount>();
        services.AddSingleton<RetryOutbox>();
        services.AddSingleton<RunJob>();
        services.AddSingleton<WebhookSilence>();
        services.AddTroubles(sp =>
            async (db, now, cancel) =>
                await WrongSecrets.FindAsync(db, now, cancel) is { } count
                    ? [new AlarmCondition("admin.wrong_secrets", WrongSecrets.Say(count))]
                    : []
        );
        services.AddTroubles(sp =>
            async (db, now, cancel) =>
                [
                    .. (await sp.GetRequiredService<WebhookSilence>().FindAsync(db, now, cancel)).Select(
                        w => new AlarmCondition("webhook.silent:" + w.Provider, w.Text)
                    ),
                ]
        );
        // A pool that is pasted into a form is one long value; each route's own body limit still applies.
        services.Configure<FormOptions>(o => o.ValueLengthLimit = (int)BodyLimit.Pool);
        // Pages answer GET; changes have routes of their own. Only these two, which show a change in
        // advance, take POST.
        services.AllowPost("/Admin/Pool/PoolPreview");
        services.AllowPost("/Admin/Payments/ConfirmBooking");
        OperatorAuthentication.Add(services);
        Pages(services);
    }

    /// <summary>Requires for every page below Admin/ the role of its address.</summary>
    private static void Pages(IServiceCollection services)
    {
        services.Configure<RazorPagesOptions>(o =>
        {
            o.Conventions.AddFolderApplicationModelConvention(
                "/Admin",
                page =>
                    page.EndpointMetadata.Add(
                        new AuthorizeAttribute(
                            Rights.PolicyOfPage("/" + page.ActionDescriptor.AttributeRouteInfo?.Template)
                        )
                    )
            );
            o.Conventions.AllowAnonymousToPage("/Admin/Access/SignIn");
        });
        services.Configure<RazorPagesOptions>(o =>
            o.Conventions.AddPageApplicationModelConvention(
                "/Admin/Pool/PoolPreview",
                page => page.EndpointMetadata.Add(new BodyLimit(BodyLimit.Pool))
            )
        );
    }

    public static void Routes(IEndpointRouteBuilder app)
    {
        // Anonymous, but authenticated as an operator like the page that it is posted from: the form token is bound
        // to the identity.
        app.MapPost("/admin/login", OperatorSignIn.InAsync)
            .RequireAuthorization(Policies.Viewer)
            .AllowAnonymous()
            .FormsReturnTo((OperatorSignInRequest sent) => OperatorSignIn.PageOf(sent.ReturnUrl))
            .ExcludeFromDescription();
        app.MapGet("/admin/login/forge", OperatorSignIn.StartAsync).AllowAnonymous().ExcludeFromDescription();
        var viewers = Group(app, OperatorRole.Viewer);
        ReviewAccount.Routes(app);
        viewers.MapPost("/logout", OperatorSignIn.OutAsync).ExcludeFromDescription();
        Lists(viewers);
        Confidential(Group(app, OperatorRole.Operator));
        Owners(Group(app, OperatorRole.Owner));
        var admin = Group(app, OperatorRole.Operator);
        admin
            .MapPost("/vm-release", AllocationModel.ReleaseAsync)
            .WithSummary("End a customer's lease, with a reason.")
            .FormsReturnTo((EndLeaseRequest sent) => AllocationModel.PageOf(sent.AllocationSid))
            .Produces<VmAnswer>()
            .Refuses(404, 422);
        admin
            .MapPost("/outbox-retry", RetryOutbox.AnswerAsync)
            .WithSummary("Try a notice again now, also one that was refused.")
            .FormsReturnTo(OutboxList.List.Path)
            .Produces<OutboxEntry>()
            .Refuses(404, 422);
        admin
            .MapPost("/run-job", RunJob.AnswerAsync)
            .ForScope(TokenScopes.Tick)
            .WithSummary("Run a job now; the answer is its report.")
            .FormsReturnTo(JobList.Reports.Path)
            .Produces<RunJob.Report>()
            .Refuses(400, 401, 403, 404, 409, 422, 503);
        admin
            .MapPost("/clock-brake-lift", ClockBrakeRoute.AnswerAsync)
            .WithSummary(
                "The clock is right: jobs that charge or destroy by the clock go on; with a reason. Not with "
                    + "a token."
            )
            .FormsReturnTo(JobList.Reports.Path)
            .Produces<LiftedAnswer>()
            .Refuses(400, 401, 403, 409, 422, 503);
        admin.MapPost("/pool-apply", PoolPreviewModel.ApplyAsync).LimitBody(BodyLimit.Pool).ExcludeFromDescription();
    }

    private static RouteGroupBuilder Group(IEndpointRouteBuilder app, OperatorRole role) =>
        app.MapGroup("/admin").RequireAuthorization(Rights.PolicyOf(role)).WithTags("Operators");

    private static void AddList<TRow>(this RouteGroupBuilder group, string path, string summary, ListOf<TRow> list) =>
        group
            .MapGet(path, (HttpContext http, Database database) => list.AnswerAsync(http, database))
            .WithSummary(summary)
            .WithMetadata([.. list.Parameters])
            .Produces<PageOf<TRow>>()
            .Refuses(403, 422, 503);

    /// <summary>Lists of money and identities; viewers cannot read them.</summary>
    private static void Confidential(RouteGroupBuilder admin)
    {
        admin.AddList("/list-kyc-sessions", "Identity checks.", KycList.List);
        admin.AddList("/list-payments", "Top-ups.", PaymentList.List);
        admin.AddList("/list-suspense", "Payments in suspense: those that fit nothing.", SuspenseList.List);
        admin.AddList("/list-receipts", "Receipts; q finds number, account, name and reference.", ReceiptList.List);
    }

    /// <summary>Routes about rights.</summary>
    private static void Owners(RouteGroupBuilder admin)
    {
        admin.AddList(
            "/list-tokens",
            "Machine tokens, without the tokens themselves.",
            TokenList.Of(((IEndpointRouteBuilder)admin).ServiceProvider.GetRequiredService<TimeProvider>())
        );
        admin
            .MapPost("/token-create", CreateToken.AnswerAsync)
            .WithSummary(
                "Make a machine token; scopes separated by spaces; the token is answered once. days: 1 to 730, "
                    + "default 90."
            )
            .FormsReturnTo(CreateToken.Page)
            .Produces<NewToken>(201)
            .Refuses(400, 401, 403, 409, 422, 503);
        admin
            .MapPost("/token-revoke", CreateToken.AnswerRevokedAsync)
            .WithSummary("Take a machine token back, at once.")
            .FormsReturnTo(CreateToken.Page)
            .Produces<RevokedToken>()
            .Refuses(404, 422);
        admin
            .MapGet(
                "/list-operators",
                async (Database database, OperatorOptions operators, CancellationToken cancel) =>
                {
                    await using var db = database.Read();
                    return Results.Json(await OperatorList.FindAsync(db, operators, cancel), Json.Options);
                }
            )
            .WithSummary("Everybody with a role, from ADMIN_FORGE_USERS and from owners.")
            .Produces<PageOf<OperatorEntry>>()
            .Refuses(401, 403, 503);
        admin
            .MapPost("/operator-set", SetOperator.AnswerAsync)
            .WithSummary("Give a person, by numeric Forge id, the role viewer, operator or owner.")
            .FormsReturnTo(SetOperator.Page)
            .Produces<OperatorAnswer>()
            .Refuses(409, 422);
        admin
            .MapPost("/operator-remove", SetOperator.AnswerRemovedAsync)
            .WithSummary("Take a person's rights away, at once.")
            .FormsReturnTo(SetOperator.Page)
            .Produces<OperatorAnswer>()
            .Refuses(404, 409, 422);
    }

    private static void Lists(RouteGroupBuilder admin)
    {
        void Add<TRow>(string path, string summary, ListOf<TRow> list) => admin.AddList(path, summary, list);
        Add("/list-users", "Customers. Credit, its order and verification are for operators only.", UserList.List);
        Add("/list-allocations", "Leases.", AllocationList.List);
        var services = ((IEndpointRouteBuilder)admin).ServiceProvider;
        Add(
            "/list-pool",
            "Pool machines.",
            PoolList.Of(services.GetRequiredService<ProbeOptions>(), services.GetRequiredService<TimeProvider>())
        );
        admin
            .MapGet("/pool-history", PoolHistory.AnswerAsync)
            .WithSummary("The pool, counted every five minutes.")
            .WithMetadata(PoolHistory.Asked)
            .Produces<PageOf<HeroOnboarding.Pool.PoolSample>>()
            .Refuses(403, 422, 503);
        Add("/list-alarms", "Alarms, newest first.", AlarmList.List);
        Add("/list-refreshes", "Pool refreshes, newest first.", RefreshList.List);
        Add("/list-job-reports", "Job reports, newest first.", JobList.Reports);
        Add("/list-outbox", "Notices to other systems.", OutboxList.List);
        Add("/list-audit", "The audit, newest first.", AuditList.List);
        admin
            .MapGet(
                "/list-jobs",
                async (Database database, JobRunner jobs, TimeProvider clock, CancellationToken cancel) =>
                {
                    await using var db = database.Read();
                    return Results.Json(await JobList.FindAsync(db, jobs, clock.Now(), cancel), Json.Options);
                }
            )
            .WithSummary("Jobs with their last run.")
            .Produces<PageOf<JobEntry>>()
            .Refuses(401, 403, 503);
    }
}
