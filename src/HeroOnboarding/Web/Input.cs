using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using HeroOnboarding.Store;

namespace HeroOnboarding.Web;

/// <summary>
/// What a changing request says, whether it came as JSON or as a form. Values of the wrong kind are refused by name.
/// </summary>
public sealed class Input
{
    private readonly Dictionary<string, JsonElement> members = new(StringComparer.Ordinal);
    private readonly byte[] raw;
    private readonly List<string> wrong = [];

    private Input(bool isForm, byte[] raw) => (IsForm, this.raw) = (isForm, raw);

    public bool IsForm { get; }

    /// <summary>Set once a value of the wrong kind was asked for.</summary>
    public Refusal? Wrong => wrong.Count == 0 ? null : Refusals.BodyInvalid with { Detail = string.Join(" ", wrong) };

    /// <exception cref="BadHttpRequestException">The body is not a JSON object or a form.</exception>
    public static async Task<Input> ReadAsync(HttpContext http)
    {
        if (http.Request.HasFormContentType)
            return FromForm(await http.FormAsync());
        using var buffer = new MemoryStream();
        await http.Request.Body.CopyToAsync(buffer, http.RequestAborted);
        var input = new Input(false, buffer.ToArray());
        if (input.raw.Length == 0)
            return input;
        if (!http.Request.HasJsonContentType())
            throw new BadHttpRequestException("Not JSON.", StatusCodes.Status415UnsupportedMediaType);
        try
        {
            using var document = JsonDocument.Parse(
                input.raw,
                new JsonDocumentOptions { MaxDepth = 16, AllowDuplicateProperties = false }
            );
            foreach (var member in document.RootElement.EnumerateObject())
            {
                // Text that is no Unicode (a lone surrogate, wrong UTF-8) passes the parser and throws only here.
                if (member.Value.ValueKind == JsonValueKind.String)
                    _ = member.Value.GetString();
                input.members[member.Name] = member.Value.Clone();
            }
            return input;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new BadHttpRequestException("Not a JSON object.", StatusCodes.Status400BadRequest);
        }
    }

    private static Input FromForm(IFormCollection form)
    {
        var fields = form.Where(f => f.Key is not ("__RequestVerificationToken" or "idempotency_key"))
            .OrderBy(f => f.Key, StringComparer.Ordinal)
            .ToDictionary(f => f.Key, f => f.Value.ToString(), StringComparer.Ordinal);
        var input = new Input(true, JsonSerializer.SerializeToUtf8Bytes(fields));
        foreach (var (name, value) in fields)
            input.members[name] = JsonSerializer.SerializeToElement(value);
        return input;
    }

    /// <summary>
    /// A text; null when absent or empty. Control characters other than line breaks and tabs are refused. Characters
    /// that
    /// change the direction of the text or cannot be seen are removed, because other people read what is stored.
    /// </summary>
    /// <param name="most">Longest text in UTF-16 units, as it was sent.</param>
    public string? Text(string name, int most = 500)
    {
        if (!members.TryGetValue(name, out var value) || value.ValueKind == JsonValueKind.Null)
            return null;
        if (value.ValueKind != JsonValueKind.String)
            return Complain<string>($"'{name}' must be a string.");
        var text = value.GetString()!;
        if (text.Length > most)
            return Complain<string>($"'{name}' is longer than {most} characters.");
        if (text.Any(c => char.IsControl(c) && c is not ('\n' or '\r' or '\t')))
            return Complain<string>($"'{name}' has control characters.");
        return SafeText.WithoutDeceiving(text) is { Length: > 0 } safe ? safe : null;
    }

    public long? Number(string name)
    {
        if (
            !members.TryGetValue(name, out var value)
            || value.ValueKind == JsonValueKind.Null
            || (IsForm && value.GetString() is "")
        )
            return null;
        if (value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var number))
            return number;
        if (
            IsForm
            && long.TryParse(value.GetString(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out number)
        )
            return number;
        wrong.Add($"'{name}' must be a whole number.");
        return null;
    }

    /// <param name="required">Absent and null are mistakes, not "no".</param>
    public bool Flag(string name, bool required = false)
    {
        if (!members.TryGetValue(name, out var value) || value.ValueKind is JsonValueKind.Null)
        {
            if (required)
                wrong.Add($"'{name}' must be true or false.");
            return false;
        }
        if (value.ValueKind == JsonValueKind.False)
            return false;
        if (value.ValueKind == JsonValueKind.True || (IsForm && value.GetString() is "true" or "on" or "1"))
            return true;
        if (!(IsForm && value.GetString() is "false" or ""))
            wrong.Add($"'{name}' must be true or false.");
        return false;
    }

    /// <summary>
    /// The caller's idempotency key: header (quoted or bare) or hidden form field, bound to this caller, path and body.
    /// </summary>
    public async Task<Outcome<IdempotencyKey?>> KeyAsync(HttpContext http)
    {
        var values = IsForm ? (await http.FormAsync())["idempotency_key"] : http.Request.Headers["Idempotency-Key"];
        if (values.Count == 0 || (IsForm && values.ToString().Length == 0))
            return (IdempotencyKey?)null;
        var sent = values is [{ } only] ? only : "";
        if (sent is ['"', .. var inner, '"'])
            sent = inner;
        if (sent.Length is 0 or > 255 || sent.Any(c => c is < '!' or > '~'))
            return Refusals.IdempotencyKeyInvalid;
        byte[] all = [.. Encoding.UTF8.GetBytes($"{http.Request.Method} {http.Request.Path}\n"), .. raw];
        return new IdempotencyKey(http.Actor().ToString(), sent, Convert.ToHexString(SHA256.HashData(all)));
    }

    private T? Complain<T>(string what)
        where T : class
    {
        wrong.Add(what);
        return null;
    }
}
