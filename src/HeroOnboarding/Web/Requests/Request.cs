using System.Reflection;
using HeroOnboarding.Store;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.AspNetCore.WebUtilities;

namespace HeroOnboarding.Web.Requests;

/// <summary>
/// A changing request without members. Base of the requests with members: whether it is a form, the page that a refused
/// form returns to, and the answers. A route handler takes it, or <see cref="Request{T}"/>, as a parameter; a wrong
/// request is refused before the handler runs.
/// </summary>
public class Request : IBindableFromHttpContext<Request>, IEndpointParameterMetadataProvider
{
    private readonly HttpContext http;

    private protected Request(HttpContext http, bool isForm, Refusal? wrong) =>
        (this.http, IsForm, Wrong) = (http, isForm, wrong);

    /// <summary>True for a form of one of the portal's pages; false for the JSON of a program.</summary>
    public bool IsForm { get; }

    /// <summary>What is wrong with the members or the idempotency key; null inside a route handler.</summary>
    internal Refusal? Wrong { get; }

    /// <summary>
    /// The page that a refused form returns to, as declared by FormsReturnTo of <see cref="RequestRoutes"/>.
    /// </summary>
    public string Page =>
        http.GetEndpoint()?.Metadata.GetMetadata<FormPage>()?.Of(this)
        ?? throw new InvalidOperationException("The route does not say where its forms return to.");

    public static async ValueTask<Request?> BindAsync(HttpContext context, ParameterInfo parameter) =>
        new(context, (await RequestContent.ReadAsync(context)).IsForm, null);

    public static void PopulateMetadata(ParameterInfo parameter, EndpointBuilder builder)
    {
        var type = parameter.ParameterType;
        if (type.IsGenericType)
            builder.Metadata.Add(
                new RequestBody(type.GenericTypeArguments[0], type.GetGenericTypeDefinition() == typeof(KeyedRequest<>))
            );
        builder.FilterFactories.Add(
            (_, next) =>
                call =>
                    call.Arguments.OfType<Request>().Single() is { Wrong: { } wrong } request
                        ? ValueTask.FromResult<object?>(request.Refused(wrong))
                        : next(call)
        );
    }

    /// <summary>Redirects a form to its page, which shows the reason; answers a program with problem details.</summary>
    /// <param name="page">The page that the form returns to, if not <see cref="Page"/>.</param>
    public IResult Refused(Refusal refusal, string? page = null) =>
        IsForm ? Http.SeeOtherRefused(page ?? Page, refusal) : refusal.ToResult();

    /// <summary>Answers a program with JSON; redirects a form to the page <paramref name="done"/>.</summary>
    /// <param name="status">The status of the JSON answer.</param>
    public IResult Answer<T>(Outcome<T> outcome, Func<T, string> done, int status = 200) =>
        outcome.IsRefused ? Refused(outcome.Refusal)
        : IsForm ? Http.SeeOther(done(outcome.Value))
        : Results.Json(outcome.Value, Json.Options, statusCode: status);

    /// <param name="done">The page after success; gets <paramref name="tell"/> as a query.</param>
    /// <param name="status">The status of the JSON answer.</param>
    public IResult Answer<T>(
        Outcome<T> outcome,
        string done,
        Func<T, (string Name, string Value)> tell,
        int status = 200
    ) => Answer(outcome, value => WithQuery(done, tell(value)), status);

    private protected static string WithQuery(string page, (string Name, string Value) what) =>
        QueryHelpers.AddQueryString(page, what.Name, what.Value);

    private protected static RequestReader ReaderOf(HttpContext http, RequestContent content) =>
        new(content, http.RequestServices.GetRequiredService<RefusalCatalog>());

    private protected HttpContext Context => http;
}

/// <summary>A changing request with members, each declared in the record <typeparamref name="T"/>.</summary>
public class Request<T> : Request, IBindableFromHttpContext<Request<T>>
    where T : class
{
    private protected Request(HttpContext http, bool isForm, T body, Refusal? wrong)
        : base(http, isForm, wrong) => Body = body;

    /// <summary>The members, which are valid inside a route handler.</summary>
    public T Body { get; }

    public static new async ValueTask<Request<T>?> BindAsync(HttpContext context, ParameterInfo parameter) =>
        await ReadAsync(context);

    /// <summary>
    /// For page handlers, which are not route handlers: they check <see cref="Request.Wrong"/> themselves.
    /// </summary>
    internal static async Task<Request<T>> ReadAsync(HttpContext http)
    {
        var content = await RequestContent.ReadAsync(http);
        var reader = ReaderOf(http, content);
        var body = reader.Read<T>();
        return new(http, content.IsForm, body, reader.Wrong);
    }
}

/// <summary>
/// A request that is safe to repeat under an idempotency key (header <c>Idempotency-Key</c>, in forms the
/// hidden field <c>idempotency_key</c>).
/// </summary>
public sealed class KeyedRequest<T> : Request<T>, IBindableFromHttpContext<KeyedRequest<T>>
    where T : class
{
    private KeyedRequest(HttpContext http, bool isForm, T body, IdempotencyKey? key, Refusal? wrong)
        : base(http, isForm, body, wrong) => Key = key;

    /// <summary>The key; null when the caller sent none.</summary>
    public IdempotencyKey? Key { get; }

    public static new async ValueTask<KeyedRequest<T>?> BindAsync(HttpContext context, ParameterInfo parameter)
    {
        var content = await RequestContent.ReadAsync(context);
        var reader = ReaderOf(context, content);
        var body = reader.Read<T>();
        var key = await content.KeyAsync(context);
        return key.IsRefused
            ? new(context, content.IsForm, body, null, reader.Wrong ?? key.Refusal)
            : new(context, content.IsForm, body, key.Value, reader.Wrong);
    }

    /// <summary>
    /// Answers a program with JSON; redirects a form to the page <paramref name="done"/>. A repetition gets the first
    /// answer and is marked: by <c>Idempotent-Replayed</c>, on pages by <see cref="RepeatedForm"/>.
    /// </summary>
    /// <param name="status">The status of the JSON answer.</param>
    public IResult Answer<TValue>(
        Outcome<Answered<TValue>> outcome,
        Func<TValue, string> done,
        Func<TValue, int> status
    )
    {
        if (outcome.IsRefused)
            return Refused(outcome.Refusal);
        var (value, first) = (outcome.Value.Value, Repeats(outcome.Value));
        return !IsForm
            ? Results.Json(value, Json.Options, statusCode: status(value))
            : Http.SeeOther(first is { } at ? RepeatedForm.At(done(value), at) : done(value));
    }

    /// <inheritdoc cref="Answer{TValue}(Outcome{Answered{TValue}}, Func{TValue, string}, Func{TValue, int})"/>
    public IResult Answer<TValue>(Outcome<Answered<TValue>> outcome, Func<TValue, string> done, int status = 200) =>
        Answer(outcome, done, _ => status);

    /// <inheritdoc cref="Answer{TValue}(Outcome{Answered{TValue}}, Func{TValue, string}, Func{TValue, int})"/>
    /// <param name="done">The page after success; gets <paramref name="tell"/> as a query.</param>
    public IResult Answer<TValue>(
        Outcome<Answered<TValue>> outcome,
        string done,
        Func<TValue, (string Name, string Value)> tell,
        Func<TValue, int> status
    ) => Answer(outcome, value => WithQuery(done, tell(value)), status);

    /// <inheritdoc cref="Answer{TValue}(Outcome{Answered{TValue}}, Func{TValue, string}, Func{TValue, int})"/>
    /// <param name="done">The page after success; gets <paramref name="tell"/> as a query.</param>
    public IResult Answer<TValue>(
        Outcome<Answered<TValue>> outcome,
        string done,
        Func<TValue, (string Name, string Value)> tell,
        int status = 200
    ) => Answer(outcome, done, tell, _ => status);

    /// <summary>Marks the answer as a repetition, if it is one.</summary>
    /// <returns>When it was done first; null when it was done by this request.</returns>
    public DateTimeOffset? Repeats<TValue>(Answered<TValue> answered)
    {
        if (answered.IsRepeat)
            Context.Response.Headers["Idempotent-Replayed"] = "true";
        return answered.RepeatedFrom;
    }
}
