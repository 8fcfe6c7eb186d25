using System.Text.Json;

namespace HeroOnboarding.Simulators.Mycelium;

/// <summary>
/// Reads bodies as the daemon's web framework does: 415 without the content type, 400 for invalid JSON, 422 for JSON
/// of another shape.
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

    /// <summary>A text member; null when it is absent.</summary>
    public static string? Text(JsonElement body, string name) =>
        body.ValueKind == JsonValueKind.Object
        && body.TryGetProperty(name, out var value)
        && value.ValueKind == JsonValueKind.String
            ? value.GetString()
            : null;

    /// <summary>Base64 of the standard alphabet with padding; null for any other text.</summary>
    public static byte[]? Bytes(string? base64)
    {
        if (base64 is null || base64.Any(char.IsWhiteSpace))
            return null;
        var bytes = new byte[base64.Length];
        return Convert.TryFromBase64String(base64, bytes, out var length) ? bytes[..length] : null;
    }
}
