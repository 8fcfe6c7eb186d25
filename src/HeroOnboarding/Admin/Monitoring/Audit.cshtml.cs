using HeroOnboarding.Store;

namespace HeroOnboarding.Admin.Monitoring;

/// <summary><c>/admin/audit</c></summary>
public sealed class AuditModel(Database database, TimeProvider clock)
    : ListPage<AuditEntry>(AuditList.List, database, clock);
