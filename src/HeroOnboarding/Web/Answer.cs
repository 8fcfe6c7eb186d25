using HeroOnboarding.Store;
using Microsoft.AspNetCore.WebUtilities;

namespace HeroOnboarding.Web;

/// <summary>How a use case is answered: JSON for programs; for a form 303 to a page that says what happened.</summary>
public static class Answer
{
    public static IResult Refused(Input input, Refusal refusal, string page) =>
        input.IsForm ? Http.SeeOtherRefused(page, refusal) : refusal.ToResult();

    /// <param name="done">Page after success; gets <paramref name="tell"/> as a query.</param>
    /// <param name="refused">Page after a refusal.</param>
    public static IResult Once<T>(
        HttpContext http,
        Input input,
        Outcome<Answered<T>> outcome,
        string done,
        string refused,
        Func<T, int> status,
        Func<T, (string Name, string Value)> tell
    )
    {
        if (outcome.IsRefused)
            return Refused(input, outcome.Refusal, refused);
        var (value, repeatedFrom) = outcome.Value;
        if (repeatedFrom is not null)
            http.Response.Headers["Idempotent-Replayed"] = "true";
        if (!input.IsForm)
            return Results.Json(value, Json.Options, statusCode: status(value));
        var (name, sid) = tell(value);
        var page = QueryHelpers.AddQueryString(done, name, sid);
        return Http.SeeOther(repeatedFrom is { } first ? RepeatedForm.At(page, first) : page);
    }

    public static IResult Of<T>(
        HttpContext http,
        Input input,
        Outcome<T> outcome,
        string done,
        string refused,
        Func<T, int> status,
        Func<T, (string Name, string Value)> tell
    ) =>
        Once(
            http,
            input,
            outcome.IsRefused ? (Outcome<Answered<T>>)outcome.Refusal : new Answered<T>(outcome.Value, null),
            done,
            refused,
            status,
            tell
        );

    /// <summary>For the API description: which body members a route reads; "?" marks optional ones.</summary>
    public static RouteHandlerBuilder Takes(this RouteHandlerBuilder route, params string[] members) =>
        route.WithMetadata(new BodyMembers(members));

    /// <summary>For the API description: which refusals a route may answer.</summary>
    public static RouteHandlerBuilder Refuses(this RouteHandlerBuilder route, params int[] statuses)
    {
        foreach (var status in statuses)
            route.ProducesProblem(status);
        return route;
    }
}

/// <summary>Body members of a route, for the API description.</summary>
public sealed record BodyMembers(IReadOnlyList<string> Names);
