namespace HeroOnboarding.Web.Requests;

/// <summary>What a route says about the requests it takes.</summary>
public static class RequestRoutes
{
    /// <summary>A refused form returns to this page, which shows the reason.</summary>
    /// <param name="page">A local path.</param>
    public static RouteHandlerBuilder FormsReturnTo(this RouteHandlerBuilder route, string page) =>
        route.WithMetadata(new FormPage(_ => page));

    /// <summary>The same where the page depends on what was sent; wrong members are at their default.</summary>
    public static RouteHandlerBuilder FormsReturnTo<T>(this RouteHandlerBuilder route, Func<T, string> page)
        where T : class => route.WithMetadata(new FormPage(request => page(((Request<T>)request).Body)));

    /// <summary>
    /// For the API description: which refusals a route may answer. What may be refused in front of it is added
    /// (<see cref="OpenApiOperations"/>): 400, 401, 403, 413, 415, 422, 429, 500 and 503, each where it can happen.
    /// </summary>
    public static RouteHandlerBuilder Refuses(this RouteHandlerBuilder route, params int[] statuses)
    {
        foreach (var status in statuses)
            route.Produces<Problem>(status, Problem.MediaType);
        return route;
    }
}

/// <summary>Where a refused form returns to.</summary>
internal sealed record FormPage(Func<Request, string> Of);

/// <summary>For the API description: the record a route's body is read into.</summary>
/// <param name="TakesKey">The route takes an idempotency key.</param>
internal sealed record RequestBody(Type Type, bool TakesKey)
{
    /// <summary>The members that programs may send.</summary>
    public IEnumerable<string> Names => RequestMember.Of(Type).Where(m => !m.IsOnlyInForms).Select(m => m.Name);
}
