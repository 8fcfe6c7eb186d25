using HeroOnboarding.Store;
using HeroOnboarding.Web;
using HeroOnboarding.Web.Requests;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Credit;

/// <summary>Prepaid credit: the ledger, the statement, operators' adjustments.</summary>
public static class CreditFeature
{
    public static void Map(ModelBuilder model)
    {
        model.Entity<Transfer>(row =>
        {
            row.Property(t => t.Kind).HasMaxLength(32);
            row.ToTable(
                    "transfers",
                    t =>
                    {
                        t.HasCheckConstraint("ck_transfers_amount", "amount > 0");
                        t.HasCheckConstraint("ck_transfers_sides", "debit <> credit");
                    }
                )
                .HasKey(t => t.Sid);
            row.HasIndex(t => new { t.Kind, t.Reference }).IsUnique();
            row.HasIndex(t => new { t.Debit, t.Sid });
            row.HasIndex(t => new { t.Credit, t.Sid });
        });
        Receipts.Map(model);
    }

    public static void Add(IServiceCollection services)
    {
        services.AddRefusals("Credit", typeof(CreditRefusals));
        services.AddSingleton<AdjustCredit>();
        services.DescribeTag("Credit", "Prepaid money: top-ups of customers.");
        services.AddSingleton<ReadStatement>();
        services.AddSingleton<ReadReceipt>();
        services.AddJob<ReconcileBalances>(
            "credit.reconcile",
            TimeSpan.FromHours(6),
            "Compares every stored balance with the sum of its transfers"
        );
    }

    public static void Routes(IEndpointRouteBuilder app) =>
        app.MapPost("/admin/credit-adjust", AdjustAsync)
            .RequireAuthorization(Policies.Operator)
            .WithTags("Operators")
            .WithSummary("Add (or with a negative amount take) credit, with a reason.")
            .FormsReturnTo((AdjustCreditRequest sent) => PageOf(sent.UserSid))
            .Produces<AdjustAnswer>()
            .Refuses(404, 422);

    private static async Task<IResult> AdjustAsync(
        HttpContext http,
        KeyedRequest<AdjustCreditRequest> request,
        AdjustCredit adjust
    )
    {
        var (user, reason) = (request.Body.UserSid, request.Body.Reason);
        var cents = request.Body.Cents();
        var outcome = await adjust.RunAsync(http.Actor(), user, cents, reason, request.Key, http.RequestAborted);
        return request.Answer(outcome, PageOf(user), _ => ("done", "adjusted"));
    }

    private static string PageOf(string? user) => Names.IsSid(user) ? "/admin/users/" + user : "/admin/users";
}
