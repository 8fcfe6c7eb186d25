using HeroOnboarding.Accounts.Mycelium;
using HeroOnboarding.Store;
using HeroOnboarding.Web;
using HeroOnboarding.Web.Requests;
using Microsoft.AspNetCore.Authentication;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Accounts;

/// <summary>Accounts, sessions and sign-in.</summary>
public static class AccountsFeature
{
    public static void Map(ModelBuilder model)
    {
        model.Entity<Account>(row =>
        {
            row.ToTable(
                    "accounts",
                    t =>
                    {
                        t.HasCheckConstraint(
                            "ck_accounts_identity",
                            "forge_id IS NOT NULL OR mycelium_address IS NOT NULL"
                        );
                        t.HasCheckConstraint("ck_accounts_forge_pair", "(forge_id IS NULL) = (forge_issuer IS NULL)");
                    }
                )
                .HasKey(a => a.Sid);
            row.HasIndex(a => new { a.ForgeIssuer, a.ForgeId }).IsUnique().HasFilter("forge_id IS NOT NULL");
            row.HasIndex(a => a.MyceliumAddress).IsUnique().HasFilter("mycelium_address IS NOT NULL");
            row.HasIndex(a => new { a.ForgeLogin, a.Sid });
            row.HasIndex(a => new { a.LastSignInAt, a.Sid });
            row.HasIndex(a => new { a.Balance, a.Sid });
            row.Property(a => a.KycResets).HasDefaultValue(0);
            row.Property(a => a.EmailVerified).HasDefaultValue(false);
            row.Ignore(a => a.DisplayName);
            row.Ignore(a => a.AddressEnd);
        });
        model.Entity<Session>(row =>
        {
            row.ToTable("sessions").HasKey(s => s.IdHash);
            row.HasIndex(s => s.AccountSid);
            row.HasIndex(s => s.ExpiresAt);
            row.HasOne<Account>().WithMany().HasForeignKey(s => s.AccountSid).OnDelete(DeleteBehavior.Restrict);
        });
        model.Entity<LoginChallenge>(row =>
        {
            row.ToTable(
                    "login_challenges",
                    t =>
                        t.HasCheckConstraint(
                            "ck_login_challenges_attempts",
                            $"attempts >= 0 AND attempts <= {LoginChallenge.MostAttempts}"
                        )
                )
                .HasKey(c => c.Sid);
            row.HasIndex(c => new { c.Address, c.CreatedAt });
            row.HasIndex(c => c.ExpiresAt);
        });
    }

    public static void Add(IServiceCollection services)
    {
        services.AddRefusals("Who you are", typeof(AccountRefusals));
        services.AddExpiredRows(
            "sessions",
            (db, now) => db.Sessions.Where(s => s.ExpiresAt < now).ExecuteDeleteAsync()
        );
        services.Describe(SessionApiSecurity.Describe);
        services.DescribeTag("Account", "Signing in, and the ways by which a customer signs in.");
        services.AddSingleton<LastUse>();
        services.AddHostedService<LastUseLoop>();
        services.AddSingleton<Sessions>();
        services.AddSingleton<SignIn>();
        services.AddSingleton<SwitchAccount>();
        services.AddSingleton<LinkIdentity>();
        services.AddSingleton<UnlinkIdentity>();
        services.AddSingleton<Proof>();
        services.AddSingleton<IdentityRoutes>();
        services.AddSingleton<Verified>();
        services.AddSingleton<ReadHistory>();
        services
            .AddAuthentication(SessionAuthentication.SchemeName)
            .AddScheme<AuthenticationSchemeOptions, SessionAuthentication>(SessionAuthentication.SchemeName, null);
        services
            .AddAuthorizationBuilder()
            .AddPolicy(
                Policies.Customer,
                p => p.AddAuthenticationSchemes(SessionAuthentication.SchemeName).RequireClaim(ClaimNames.Account)
            );
    }

    public static void Routes(IEndpointRouteBuilder app)
    {
        app.MapPost("/login/switch", SwitchAccount.AnswerAsync)
            .RequireAuthorization(Policies.Customer)
            .FormsReturnTo("/login")
            .ExcludeFromDescription();
        app.MapPost("/logout", SignOutAsync).RequireAuthorization(Policies.Customer).ExcludeFromDescription();
        app.MapPost("/logout/everywhere", SignOutEverywhereAsync)
            .RequireAuthorization(Policies.Customer)
            .ExcludeFromDescription();
        IdentityRoutes.Routes(app);
    }

    private static async Task<IResult> SignOutAsync(HttpContext http, Sessions sessions)
    {
        await sessions.EndAsync(
            http.Actor(),
            SessionKind.Customer,
            http.Request.Cookies[Sessions.CookieName(SessionKind.Customer)]
        );
        return SignedOut(http, sessions);
    }

    private static async Task<IResult> SignOutEverywhereAsync(HttpContext http, Sessions sessions)
    {
        await sessions.EndAllAsync(http.Actor(), http.User.AccountSid());
        return SignedOut(http, sessions);
    }

    private static IResult SignedOut(HttpContext http, Sessions sessions)
    {
        sessions.ClearCookie(http, SessionKind.Customer);
        http.Response.Headers["Clear-Site-Data"] = "\"cache\", \"storage\"";
        return Http.SeeOther("/?signed_out=1");
    }
}
