using System.Text.Json;

namespace HeroOnboarding.Simulators.Mycelium;

/// <summary>
/// Bodies as the daemon's web framework reads them: 415 without the type, 400 for what is no JSON, 422 for JSON of
/// another shape.
/// </summary>
internal static class MyceliumJson
{
    public static async Task<(JsonElement Body, IResult? Problem)> ReadAsync(HttpContext http)
    {
        if (!http.Request.HasJsonContentType())
            return (default, Results.StatusCode(StatusCodes.Status415UnsupportedMediaType));
        try
        {
            using var read = await JsonDocument.ParseAsync(http.Request.Body, cancellationToken: http.RequestAborted);
            return (read.RootElement.Clone(), null);
        }
        catch (JsonException)
        {
            return (default, Results.BadRequest());
        }
    }

    /// <summary>A text member; null when there is none.</summary>
    public static string? Text(JsonElement body, string name) =>
        body.ValueKind == JsonValueKind.Object
        && body.TryGetProperty(name, out var value)
        && value.ValueKind == JsonValueKind.String
            ? value.GetString()
            : null;

    /// <summary>Base64 of the standard alphabet with padding; null when it is anything else.</summary>
    public static byte[]? Bytes(string? base64)
    {
        if (base64 is null || base64.Any(char.IsWhiteSpace))
            return null;
        var bytes = new byte[base64.Length];
        return Convert.TryFromBase64String(base64, bytes, out var length) ? bytes[..length] : null;
    }
}
