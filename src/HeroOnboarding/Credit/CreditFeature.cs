using HeroOnboarding.Store;
using HeroOnboarding.Web;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Credit;

/// <summary>Prepaid money: the ledger, the statement, operators' adjustments.</summary>
public static partial class CreditFeature
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
            .Takes("user_sid", "amount_cents", "reason")
            .Produces<AdjustAnswer>()
            .Refuses(401, 403, 404, 422, 503);

    private static async Task<IResult> AdjustAsync(HttpContext http, AdjustCredit adjust)
    {
        var input = await Input.ReadAsync(http);
        var (user, reason) = (input.Text("user_sid", 64), input.Text("reason"));
        var cents = input.IsForm ? FormCents(input) : input.Number("amount_cents");
        var key = await input.KeyAsync(http);
        var page = Names.IsSid(user) ? "/admin/users/" + user : "/admin/users";
        if ((input.Wrong ?? (key.IsRefused ? key.Refusal : null)) is { } wrong)
            return Answer.Refused(input, wrong, page);
        var outcome = await adjust.RunAsync(http.Actor(), user, cents, reason, key.Value, http.RequestAborted);
        return Answer.Once(http, input, outcome, page, page, _ => 200, v => ("done", "adjusted"));
    }

    /// <summary>Operators type dollars and choose a direction; programs send signed cents.</summary>
    internal static long? FormCents(Input input) =>
        Money.ParseDollars(input.Text("amount", 20)) is { } micros
            ? Money.Cents(micros) * (input.Text("direction", 10) == "debit" ? -1 : 1)
            : null;
}
