using System.Globalization;
using System.Text.Json;

namespace HeroOnboarding.Web.Requests;

/// <summary>
/// Reads JSON members or form fields into a request record, and collects the mistakes. Unknown members are ignored.
/// </summary>
internal sealed class RequestReader(RequestContent content, RefusalCatalog refusals)
{
    private readonly List<string> wrong = [];
    private Refusal? otherwise;

    /// <summary>
    /// Null when every member is as declared. Values of the wrong type and texts that cannot be stored come first, all
    /// named in one refusal; then the feature's own refusal of a member that is missing or out of range.
    /// </summary>
    public Refusal? Wrong =>
        wrong.Count > 0 ? Refusals.BodyInvalid with { Detail = string.Join(" ", wrong) } : otherwise;

    /// <summary>
    /// A record with every valid member. Invalid ones have the default of their type, so that the page of a form can
    /// still be determined from the others.
    /// </summary>
    public T Read<T>()
        where T : class
    {
        var request = Activator.CreateInstance<T>();
        foreach (var member in Shape<T>.Members)
            if (!(member.IsOnlyInForms && !content.IsForm) && Read(member) is { } value)
                member.Property.SetValue(request, value);
        return request;
    }

    private object? Read(RequestMember member)
    {
        var isSent = content.TryGet(member.Name, out var value);
        var read =
            !isSent || value.ValueKind == JsonValueKind.Null ? Member.Missing
            : member.Type == typeof(string) ? Text(member, value)
            : member.Type == typeof(bool) ? Flag(member, value)
            : member.Type.IsEnum ? OneOf(member, value)
            : Number(member, value);
        if (read.IsMissing && (member.IsRequired || (content.IsForm && member.IsRequiredInForms)))
            Refuse(member, member.Type == typeof(bool) ? MustBeFlag(member) : $"'{member.Name}' is required.");
        return read.Value;
    }

    /// <summary>
    /// Refuses control characters other than line breaks and tabs. Removes characters that change the direction of the
    /// text or are invisible, because other people read the stored text.
    /// </summary>
    private Member Text(RequestMember member, JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.String)
            return Complain($"'{member.Name}' must be a string.");
        var text = value.GetString()!;
        if (text.Length > member.Longest)
            return Complain($"'{member.Name}' is longer than {member.Longest} characters.");
        if (text.Any(c => char.IsControl(c) && c is not ('\n' or '\r' or '\t')))
            return Complain($"'{member.Name}' has control characters.");
        var safe = SafeText.WithoutDeceiving(text);
        return safe.Length == 0 ? Member.Missing
            : safe.Trim().Length < member.Shortest
                ? Refuse(member, $"'{member.Name}' is shorter than {member.Shortest} characters.")
            : new(safe);
    }

    private Member Number(RequestMember member, JsonElement value)
    {
        long number;
        if (content.IsForm)
        {
            var typed = value.GetString()!;
            if (typed.Length == 0)
                return Member.Missing;
            if (!long.TryParse(typed, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out number))
                return Complain($"'{member.Name}' must be a whole number.");
        }
        else if (value.ValueKind != JsonValueKind.Number || !value.TryGetInt64(out number))
            return Complain($"'{member.Name}' must be a whole number.");
        if (member.Range is { } range && (number < (int)range.Minimum || number > (int)range.Maximum))
            return Refuse(member, $"'{member.Name}' must be from {range.Minimum} to {range.Maximum}.");
        if (member.Type != typeof(int))
            return new(number);
        return number is >= int.MinValue and <= int.MaxValue
            ? new((int)number)
            : Complain($"'{member.Name}' must be a whole number of 32 bits.");
    }

    /// <summary>A check box that is not ticked sends nothing, or an empty text.</summary>
    private Member Flag(RequestMember member, JsonElement value) =>
        value.ValueKind switch
        {
            JsonValueKind.True => new(true),
            JsonValueKind.False => new(false),
            _ when content.IsForm && value.GetString() is "true" or "on" or "1" => new(true),
            _ when content.IsForm && value.GetString() is "false" or "" => new(false),
            _ => Complain(MustBeFlag(member)),
        };

    private static string MustBeFlag(RequestMember member) => $"'{member.Name}' must be true or false.";

    private Member OneOf(RequestMember member, JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.String)
            return Complain($"'{member.Name}' must be a string.");
        var text = value.GetString()!;
        if (text.Length == 0)
            return Member.Missing;
        foreach (var known in Enum.GetValues(member.Type).Cast<Enum>())
            if (Names.Snake(known.ToString()) == text)
                return new(known);
        return Refuse(member, $"'{member.Name}' must be one of {string.Join(", ", member.Values)}.");
    }

    /// <summary>
    /// Adds the feature's own refusal where the member declares one, otherwise a sentence of <c>body.invalid</c>.
    /// </summary>
    private Member Refuse(RequestMember member, string sentence)
    {
        if (member.Otherwise is null)
            return Complain(sentence);
        otherwise ??=
            refusals.Find(member.Otherwise)
            ?? throw new InvalidOperationException($"There is no refusal '{member.Otherwise}'.");
        return Member.Wrong;
    }

    private Member Complain(string sentence)
    {
        wrong.Add(sentence);
        return Member.Wrong;
    }

    /// <summary>A member that was read: a value, missing, or wrong (and noted).</summary>
    private readonly record struct Member(object? Value, bool IsMissing = false)
    {
        public static Member Missing => new(null, true);

        public static Member Wrong => new(null);
    }

    private static class Shape<T>
    {
        public static readonly IReadOnlyList<RequestMember> Members = RequestMember.Of(typeof(T));
    }
}
