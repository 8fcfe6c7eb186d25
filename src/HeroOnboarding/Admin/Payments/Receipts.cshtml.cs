using HeroOnboarding.Store;

namespace HeroOnboarding.Admin.Payments;

/// <summary><c>/admin/receipts</c></summary>
public sealed class ReceiptsModel(Database database, TimeProvider clock)
    : ListPage<ReceiptRow>(ReceiptList.List, database, clock);
