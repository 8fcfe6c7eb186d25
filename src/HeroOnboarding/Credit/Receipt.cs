namespace HeroOnboarding.Credit;

/// <summary>
/// The numbered receipt of a transfer: the customer, and the seller at that time. Written in the commit of the transfer
/// and never changed. The numbers of a year have no gaps.
/// </summary>
public sealed class Receipt
{
    /// <summary>"2026-000042": year (UTC) and number within the year.</summary>
    public required string Number { get; set; }
    public int Year { get; set; }
    public long Seq { get; set; }
    public required string TransferSid { get; set; }
    public required string AccountSid { get; set; }

    /// <summary>The customer's name at that time.</summary>
    public required string AccountName { get; set; }
    public string? SellerName { get; set; }
    public string? SellerAddress { get; set; }
    public DateTimeOffset IssuedAt { get; set; }
}

/// <summary>The last number of a year.</summary>
public sealed class ReceiptCounter
{
    public int Year { get; set; }
    public long Last { get; set; }
}
