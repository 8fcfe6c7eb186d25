namespace HeroOnboarding.Web.Requests;

/// <summary>Declares the requests of a route.</summary>
public static class RequestRoutes
{
    /// <summary>A refused form returns to this page, which shows the reason.</summary>
    /// <param name="page">A local path.</param>
    public static RouteHandlerBuilder FormsReturnTo(this RouteHandlerBuilder route, string page) =>
        route.WithMetadata(new FormPage(_ => page));

    /// <summary>As above, for a page that depends on the request; invalid members have their default.</summary>
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

/// <summary>The page that a refused form returns to.</summary>
internal sealed record FormPage(Func<Request, string> Of);

/// <summary>For the API description: the record that a route's body is read into.</summary>
/// <param name="TakesKey">The route takes an idempotency key.</param>
internal sealed record RequestBody(Type Type, bool TakesKey)
{
    /// <summary>The names of the members that programs may send.</summary>
    public IEnumerable<string> Names => RequestMember.Of(Type).Where(m => !m.IsOnlyInForms).Select(m => m.Name);
}
