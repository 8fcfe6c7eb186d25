using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using HeroOnboarding.Store;

namespace HeroOnboarding.Web.Requests;

/// <summary>The members of a body, from a JSON object or a form.</summary>
internal sealed class RequestContent
{
    private readonly Dictionary<string, JsonElement> members = new(StringComparer.Ordinal);
    private readonly byte[] raw;

    private RequestContent(bool isForm, byte[] raw) => (IsForm, this.raw) = (isForm, raw);

    public bool IsForm { get; }

    public bool TryGet(string name, out JsonElement value) => members.TryGetValue(name, out value);

    /// <exception cref="BadHttpRequestException">The body is not a JSON object or a form.</exception>
    public static async Task<RequestContent> ReadAsync(HttpContext http)
    {
        if (http.Request.HasFormContentType)
            return FromForm(await http.FormAsync());
        using var buffer = new MemoryStream();
        await http.Request.Body.CopyToAsync(buffer, http.RequestAborted);
        var content = new RequestContent(false, buffer.ToArray());
        if (content.raw.Length == 0)
            return content;
        if (!http.Request.HasJsonContentType())
            throw new BadHttpRequestException("Not JSON.", StatusCodes.Status415UnsupportedMediaType);
        try
        {
            using var document = JsonDocument.Parse(
                content.raw,
                new JsonDocumentOptions { MaxDepth = 16, AllowDuplicateProperties = false }
            );
            foreach (var member in document.RootElement.EnumerateObject())
            {
                // The parser accepts text that is not Unicode (a lone surrogate, wrong UTF-8); it throws only here.
                if (member.Value.ValueKind == JsonValueKind.String)
                    _ = member.Value.GetString();
                content.members[member.Name] = member.Value.Clone();
            }
            return content;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new BadHttpRequestException("Not a JSON object.", StatusCodes.Status400BadRequest);
        }
    }

    private static RequestContent FromForm(IFormCollection form)
    {
        var fields = form.Where(f => f.Key is not ("__RequestVerificationToken" or "idempotency_key"))
            .OrderBy(f => f.Key, StringComparer.Ordinal)
            .ToDictionary(f => f.Key, f => f.Value.ToString(), StringComparer.Ordinal);
        var content = new RequestContent(true, JsonSerializer.SerializeToUtf8Bytes(fields));
        foreach (var (name, value) in fields)
            content.members[name] = JsonSerializer.SerializeToElement(value);
        return content;
    }

    /// <summary>
    /// Reads the idempotency key: header (quoted or bare) or hidden form field, bound to this caller, path and body.
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
}
