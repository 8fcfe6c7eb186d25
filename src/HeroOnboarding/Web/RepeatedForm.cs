using System.Globalization;
using HeroOnboarding.Store;
using Microsoft.AspNetCore.WebUtilities;

namespace HeroOnboarding.Web;

/// <summary>
/// A form that was sent twice under one idempotency key returns to its page with <c>already=</c> and the instant of the
/// first time (see <see cref="Requests.KeyedRequest{T}"/>). Every page that such a form returns to reads the instant
/// here and shows <c>/Shared/_AlreadyDone.cshtml</c> in place of its usual message.
/// </summary>
public static class RepeatedForm
{
    /// <summary>The query parameter: Unix microseconds.</summary>
    public const string Parameter = "already";

    /// <summary>The address of the page with the instant.</summary>
    public static string At(string page, DateTimeOffset first) =>
        QueryHelpers.AddQueryString(page, Parameter, Instants.ToMicros(first).ToString(CultureInfo.InvariantCulture));

    /// <returns>When the form was first done. Null without the parameter, for instants in the future, and for instants
    /// before the oldest answer that is still stored.</returns>
    public static DateTimeOffset? FirstDone(HttpRequest request, DateTimeOffset now)
    {
        var (oldest, newest) = (Instants.ToMicros(now - PruneStore.IdempotencyLife), Instants.ToMicros(now));
        return
            long.TryParse(request.Query[Parameter], NumberStyles.None, CultureInfo.InvariantCulture, out var micros)
            && micros >= oldest
            && micros <= newest
            ? Instants.FromMicros(micros)
            : null;
    }
}

/// <summary>The model of <c>/Shared/_AlreadyDone.cshtml</c>.</summary>
/// <param name="At">When the form was first done.</param>
/// <param name="Href">The target of the link; null for no link.</param>
public sealed record AlreadyDone(DateTimeOffset At, string? Href = null, string? Label = null);
