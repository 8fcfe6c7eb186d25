namespace HeroOnboarding.Web.Requests;

/// <summary>
/// Names the refusal for a member that is absent, outside its range, or no value of its enumeration, if the feature has
/// one that is more specific than <c>body.invalid</c>. A value of the wrong JSON type is always <c>body.invalid</c>.
/// </summary>
/// <param name="code">A code of the catalogue (docs/refusals.md).</param>
[AttributeUsage(AttributeTargets.Property)]
public sealed class OtherwiseAttribute(string code) : Attribute
{
    public string Code { get; } = code;
}

/// <summary>A form must have this member; JSON may omit it. For forms whose empty version must do nothing.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class RequiredInFormsAttribute : Attribute;

/// <summary>
/// For the API description: JSON must have this member, because a form expresses it by another one, such as dollars
/// instead of cents. The feature refuses a request that has neither.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class RequiredInJsonAttribute : Attribute;
