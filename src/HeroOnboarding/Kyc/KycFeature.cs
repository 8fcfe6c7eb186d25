using HeroOnboarding.Accounts;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Kyc;

/// <summary>Identity checks: who asks, who answers, what we keep of it.</summary>
public static class KycFeature
{
    public static void Map(ModelBuilder model) => model.Entity<KycSession>(row =>
    {
        row.ToTable("kyc_sessions", t => t.HasCheckConstraint("ck_kyc_sessions_state", "state IN ('pending', 'in_progress', 'completed', 'failed', 'expired')")).HasKey(s => s.Sid);
        row.HasIndex(s => s.AccountSid).IsUnique().HasFilter("state IN ('pending', 'in_progress')").HasDatabaseName("ux_kyc_sessions_live");
        row.HasIndex(s => new { s.Provider, s.ScanRef }).IsUnique().HasFilter("scan_ref IS NOT NULL").HasDatabaseName("ux_kyc_sessions_scan");
        row.HasIndex(s => new { s.AccountSid, s.Sid });
        row.HasIndex(s => new { s.State, s.Sid });
        row.HasIndex(s => s.Sid).HasFilter("needs_review").HasDatabaseName("ix_kyc_sessions_review");
        row.HasOne<Account>().WithMany().HasForeignKey(s => s.AccountSid).OnDelete(DeleteBehavior.Restrict);
    });

    public static void Add(IServiceCollection services, Settings settings)
    {
    }

    public static void Routes(IEndpointRouteBuilder app)
    {
    }
}
