using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using HeroOnboarding.Web.Requests;

namespace HeroOnboarding.Credit;

/// <summary>Body of <c>POST /payment/intent</c>.</summary>
public sealed record StartTopUpRequest
{
    [Description("US cents, between the least and the most of this portal."), RequiredInJson]
    public long? AmountCents { get; init; }

    /// <summary>Dollars as people type them.</summary>
    [JsonIgnore, MaxLength(20)]
    public string? Amount { get; init; }

    [Description("Name of a payment provider; the first one when absent."), MaxLength(32)]
    public string? Provider { get; init; }

    /// <summary>People type dollars; programs, and forms that know the exact amount, send cents.</summary>
    internal long? Cents() => AmountCents ?? DollarsInForms.Cents(Amount);
}

/// <summary>Body of <c>POST /payment/cancel</c>.</summary>
public sealed record CancelTopUpRequest
{
    [Description("The open checkout."), MaxLength(64), Otherwise("not_found")]
    public required string PaymentSid { get; init; }
}

/// <summary>What an operator decides about a payment in suspense.</summary>
public enum SuspenseAction
{
    /// <summary>It belongs to a customer, who is credited.</summary>
    Assign,

    /// <summary>It was refunded at the provider; nobody is credited.</summary>
    Refunded,
}

/// <summary>Body of <c>POST /admin/suspense-resolve</c>.</summary>
public sealed record ResolveSuspenseRequest
{
    [Description("The payment in suspense."), MaxLength(64), Otherwise("not_found")]
    public required string SuspenseSid { get; init; }

    [Description("assign: credit a customer; refunded: note that it was refunded at the provider.")]
    public required SuspenseAction Action { get; init; }

    [Description("The customer to credit; with assign."), MaxLength(64)]
    public string? UserSid { get; init; }

    [Description("US cents; with assign, and only where nothing was booked: what it is worth here.")]
    public long? AmountCents { get; init; }

    /// <summary>Dollars as operators type them.</summary>
    [JsonIgnore, MaxLength(20)]
    public string? Amount { get; init; }

    [Description("Why; the customer reads it on the statement."), MinLength(3), MaxLength(500)]
    [Otherwise("reason.required")]
    public required string Reason { get; init; }

    /// <inheritdoc cref="StartTopUpRequest.Cents"/>
    internal long? Cents() => AmountCents ?? DollarsInForms.Cents(Amount);
}

/// <summary>Body of <c>POST /admin/credit-adjust</c>. Forms send dollars and a direction.</summary>
public sealed record AdjustCreditRequest
{
    [Description("The customer."), MaxLength(64), Otherwise("not_found")]
    public required string UserSid { get; init; }

    [Description("US cents; negative takes credit."), RequiredInJson, Otherwise("amount.invalid")]
    [Range(-(int)AdjustCredit.MostCents, (int)AdjustCredit.MostCents)]
    public long? AmountCents { get; init; }

    /// <summary>Dollars as operators type them.</summary>
    [JsonIgnore, MaxLength(20)]
    public string? Amount { get; init; }

    /// <summary><c>debit</c> takes credit; anything else adds it.</summary>
    [JsonIgnore, MaxLength(10)]
    public string? Direction { get; init; }

    [Description("Why; the customer reads it on the statement."), MinLength(3), MaxLength(500)]
    [Otherwise("reason.required")]
    public required string Reason { get; init; }

    /// <summary>Signed cents: as sent by a program, or from the dollars and the direction of a form.</summary>
    internal long? Cents() => AmountCents ?? DollarsInForms.Cents(Amount, isDebit: Direction == "debit");
}

/// <summary>Fields of <c>POST /admin/confirm-booking</c>: a form of an operator, before it is booked.</summary>
public sealed record ConfirmBookingForm
{
    [MaxLength(64)]
    public string? SuspenseSid { get; init; }

    [MaxLength(64)]
    public string? UserSid { get; init; }

    [MaxLength(32)]
    public string? Action { get; init; }

    [MaxLength(20)]
    public string? Amount { get; init; }

    [MaxLength(10)]
    public string? Direction { get; init; }

    public string? Reason { get; init; }

    /// <inheritdoc cref="AdjustCreditRequest.Cents"/>
    internal long? Cents() => DollarsInForms.Cents(Amount, isDebit: Direction == "debit");
}

/// <summary>Amounts as people type them.</summary>
internal static class DollarsInForms
{
    /// <returns>Null for what is no amount.</returns>
    public static long? Cents(string? dollars, bool isDebit = false) =>
        Money.ParseDollars(dollars) is { } micros ? Money.Cents(micros) * (isDebit ? -1 : 1) : null;
}
