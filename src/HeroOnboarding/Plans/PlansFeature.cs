using HeroOnboarding.Accounts;
using HeroOnboarding.Store;
using HeroOnboarding.Vms;
using HeroOnboarding.Web;
using HeroOnboarding.Web.Requests;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Plans;

/// <summary>The catalogue, purchases, and their life until the end.</summary>
public static class PlansFeature
{
    public static void Map(ModelBuilder model)
    {
        model.Entity<Purchase>(MapPurchase);
        model.Entity<PurchaseIntent>(row =>
        {
            row.ToTable(
                    "purchase_intents",
                    t =>
                        t.HasCheckConstraint(
                            "ck_purchase_intents_state",
                            "state IN ('waiting', 'done', 'refused', 'withdrawn')"
                        )
                )
                .HasKey(i => i.Sid);
            row.HasIndex(i => i.AccountSid)
                .IsUnique()
                .HasFilter("state = 'waiting'")
                .HasDatabaseName("ux_purchase_intents_waiting");
            row.HasIndex(i => new { i.AccountSid, i.Sid });
            row.HasOne<Account>().WithMany().HasForeignKey(i => i.AccountSid).OnDelete(DeleteBehavior.Restrict);
        });
    }

    private static void MapPurchase(Microsoft.EntityFrameworkCore.Metadata.Builders.EntityTypeBuilder<Purchase> row)
    {
        row.ToTable(
                "purchases",
                t =>
                {
                    t.HasCheckConstraint("ck_purchases_quota", "used >= 0 AND used <= vm_count");
                    t.HasCheckConstraint("ck_purchases_price", "price >= 0");
                }
            )
            .HasKey(p => p.Sid);
        row.HasIndex(p => p.AccountSid).IsUnique().HasFilter("state = 'active'").HasDatabaseName("ux_purchases_active");
        row.HasIndex(p => new { p.AccountSid, p.Sid });
        row.HasIndex(p => p.PeriodEnd);
        row.Property(p => p.Renewals).HasDefaultValue(0);
        row.Property(p => p.AutoRenew).HasDefaultValue(false);
        row.Ignore(p => p.Expiry);
        row.HasOne<Account>().WithMany().HasForeignKey(p => p.AccountSid).OnDelete(DeleteBehavior.Restrict);
    }

    public static void Add(IServiceCollection services)
    {
        services.AddRefusals("Plans", typeof(PlanRefusals));
        services.AddSingleton<QueueWaiting>(CompletePurchase.ReadyAsync);
        services.DescribeTag("Plans", "Buying, renewing, changing and ending a plan.");
        services.AddSingleton<Catalogue>();
        services.AddSingleton<BuyPlan>();
        services.AddSingleton<ChoosePlan>();
        services.AddSingleton<ReadOnboarding>();
        services.AddSingleton<CompletePurchase>();
        services.AddSingleton<RenewPlan>();
        services.AddSingleton<SetAutoRenew>();
        services.AddSingleton<UpgradePlan>();
        services.AddSingleton<CancelPlan>();
        services.AddSingleton<ReadPlan>();
        services.AddSingleton<ReadPlanNotice>();
        services.AddSingleton<OfferNotices>();
        services.AddJob<RemindOfEnds>(
            "plans.remind",
            TimeSpan.FromHours(1),
            "Offers the notices 7, 3 and 1 days before a plan ends",
            needsTrueClock: true
        );
        services.AddJob<RenewDuePlans>(
            "plans.auto_renew",
            TimeSpan.FromHours(1),
            "Renews plans that renew by themselves, in their last 24 hours",
            needsTrueClock: true
        );
        services.AddOutboxKind(CompletePurchase.Kind, sp => sp.GetRequiredService<CompletePurchase>().DeliverAsync);
    }

    public static void Routes(IEndpointRouteBuilder app)
    {
        var plan = app.MapGroup("/plan").RequireAuthorization(Policies.Customer).WithTags("Plans");
        plan.MapPost("/buy", BuyAsync)
            .LimitRate("plan.buy")
            .WithSummary("Buy a plan; with start_now the first machine is part of the same commit.")
            .WithMetadata(new KeepsInputs(SshPublicKey.Field, new KeptField("plan_id", text => text.Length <= 64)))
            .FormsReturnTo("/plans")
            .Produces<BuyAnswer>(201)
            .Refuses(401, 402, 403, 404, 409, 422, 429, 503);
        plan.MapPost("/choose", ChooseAsync)
            .LimitRate("plan.choose")
            .WithSummary(
                "Remember which plan to buy; it is bought, and its first machine started, once verification and "
                    + "money are there."
            )
            .FormsReturnTo("/plans")
            .Produces<ChosenAnswer>(201)
            .Refuses(401, 403, 404, 409, 422, 429, 503);
        plan.MapPost("/withdraw", WithdrawAsync)
            .LimitRate("plan.withdraw")
            .WithSummary("Forget the chosen plan; nothing is bought by itself any more.")
            .FormsReturnTo("/plans")
            .Produces<bool>()
            .Refuses(401, 429, 503);
        PlanLifeRoutes.Map(plan);
    }

    private static async Task<IResult> BuyAsync(HttpContext http, KeyedRequest<BuyPlanRequest> request, BuyPlan buy)
    {
        var wanted = request.Body;
        var outcome = await buy.RunAsync(
            http.Actor(),
            http.User.AccountSid(),
            wanted.PlanId,
            wanted.StartNow,
            wanted.SshPublicKey,
            wanted.AcceptTerms,
            request.Key,
            http.RequestAborted
        );
        return request.Answer(outcome, "/dashboard", v => ("bought", v.Sid), 201);
    }

    private static async Task<IResult> ChooseAsync(
        HttpContext http,
        KeyedRequest<ChoosePlanRequest> request,
        ChoosePlan choose
    )
    {
        var wanted = request.Body;
        var outcome = await choose.RunAsync(
            http.Actor(),
            http.User.AccountSid(),
            wanted.PlanId,
            wanted.SshPublicKey,
            wanted.AcceptTerms,
            request.Key,
            http.RequestAborted
        );
        return request.Answer(outcome, "/start", v => ("chosen", v.Sid), 201);
    }

    private static async Task<IResult> WithdrawAsync(HttpContext http, Request request, ChoosePlan choose)
    {
        var outcome = await choose.WithdrawAsync(http.Actor(), http.User.AccountSid(), http.RequestAborted);
        return request.Answer(outcome, "/plans", _ => ("withdrawn", "1"));
    }
}
