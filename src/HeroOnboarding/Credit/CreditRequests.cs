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

    /// <summary>Dollars as entered in a form.</summary>
    [JsonIgnore, MaxLength(20)]
    public string? Amount { get; init; }

    [Description("Name of a payment provider; the first one when absent."), MaxLength(32)]
    public string? Provider { get; init; }

    /// <summary>
    /// US cents: as sent by programs and by forms with an exact amount, or converted from the entered dollars.
    /// </summary>
    internal long? Cents() => AmountCents ?? DollarsInForms.Cents(Amount);
}

/// <summary>Body of <c>POST /payment/cancel</c>.</summary>
public sealed record CancelTopUpRequest
{
    [Description("The open checkout."), MaxLength(64), Otherwise("not_found")]
    public required string PaymentSid { get; init; }
}

/// <summary>The decision of an operator about a payment in suspense.</summary>
public enum SuspenseAction
{
    /// <summary>The payment belongs to a customer, who is credited.</summary>
    Assign,

    /// <summary>The payment was refunded at the provider; no customer is credited.</summary>
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

    /// <summary>Dollars as entered by operators.</summary>
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

    /// <summary>Dollars as entered by operators.</summary>
    [JsonIgnore, MaxLength(20)]
    public string? Amount { get; init; }

    /// <summary><c>debit</c> takes credit; any other value adds it.</summary>
    [JsonIgnore, MaxLength(10)]
    public string? Direction { get; init; }

    [Description("Why; the customer reads it on the statement."), MinLength(3), MaxLength(500)]
    [Otherwise("reason.required")]
    public required string Reason { get; init; }

    /// <summary>Signed US cents: as sent by a program, or from the dollars and the direction of a form.</summary>
    internal long? Cents() => AmountCents ?? DollarsInForms.Cents(Amount, isDebit: Direction == "debit");
}

/// <summary>Fields of <c>POST /admin/confirm-booking</c>: an operator's form, before it is booked.</summary>
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

/// <summary>Converts amounts that were entered in forms.</summary>
internal static class DollarsInForms
{
    /// <returns>US cents; null for a text that is not an amount.</returns>
    public static long? Cents(string? dollars, bool isDebit = false) =>
        Money.ParseDollars(dollars) is { } micros ? Money.Cents(micros) * (isDebit ? -1 : 1) : null;
}
