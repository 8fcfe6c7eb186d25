using System.ComponentModel.DataAnnotations;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace HeroOnboarding.Web.Requests;

/// <summary>One member of a request record: its name in the request and the rules of its declaration.</summary>
/// <param name="Name">snake_case.</param>
/// <param name="Type">The type without <see cref="Nullable{T}"/>: string, long, int, bool or an enumeration.</param>
/// <param name="IsRequired">Declared with the C# keyword <c>required</c>.</param>
/// <param name="IsOnlyInForms">Declared with <see cref="JsonIgnoreAttribute"/>: entered in forms and not sent by
/// programs, such as an amount in dollars.</param>
/// <param name="Shortest">UTF-16 units, without surrounding space; for strings.</param>
/// <param name="Longest">UTF-16 units, as it was sent; for strings.</param>
/// <param name="Otherwise">See <see cref="OtherwiseAttribute"/>.</param>
internal sealed record RequestMember(
    PropertyInfo Property,
    string Name,
    Type Type,
    bool IsRequired,
    bool IsRequiredInForms,
    bool IsRequiredInJson,
    bool IsOnlyInForms,
    int Shortest,
    int Longest,
    RangeAttribute? Range,
    string? Otherwise
)
{
    /// <summary>The longest text where the declaration sets no length.</summary>
    public const int UsualLength = 500;

    /// <summary>The members of a record, in the order of their declaration.</summary>
    public static IReadOnlyList<RequestMember> Of(Type record) =>
        [
            .. record
                .GetProperties(BindingFlags.Public | BindingFlags.Instance)
                .Where(p => p.CanWrite)
                .OrderBy(p => p.MetadataToken)
                .Select(Of),
        ];

    private static RequestMember Of(PropertyInfo property) =>
        new(
            property,
            JsonNamingPolicy.SnakeCaseLower.ConvertName(property.Name),
            Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType,
            property.IsDefined(typeof(RequiredMemberAttribute)),
            property.IsDefined(typeof(RequiredInFormsAttribute)),
            property.IsDefined(typeof(RequiredInJsonAttribute)),
            property.IsDefined(typeof(JsonIgnoreAttribute)),
            property.GetCustomAttribute<MinLengthAttribute>()?.Length ?? 0,
            property.GetCustomAttribute<MaxLengthAttribute>()?.Length ?? UsualLength,
            property.GetCustomAttribute<RangeAttribute>(),
            property.GetCustomAttribute<OtherwiseAttribute>()?.Code
        );

    /// <summary>True when a program's request without the member is refused.</summary>
    public bool MustBeInJson => IsRequired || IsRequiredInJson;

    /// <summary>The values of an enumeration as they are sent.</summary>
    public IReadOnlyList<string> Values =>
        [.. Enum.GetValues(Type).Cast<Enum>().Select(v => Names.Snake(v.ToString()))];
}
