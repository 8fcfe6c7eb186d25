using HeroOnboarding.Store;
using Microsoft.AspNetCore.Diagnostics;

namespace HeroOnboarding.Web;

/// <summary>Maps refusals and exceptions to RFC 9457 problem details with a <c>code</c>.</summary>
public static class Problems
{
    /// <summary>The refusal as problem details.</summary>
    public static IResult ToResult(this Refusal refusal) => new RefusalResult(refusal);

    /// <summary>200 with the value as JSON, or the refusal.</summary>
    public static IResult ToResult<T>(this Outcome<T> outcome, int status = 200) =>
        outcome.IsRefused ? outcome.Refusal.ToResult() : Results.Json(outcome.Value, Json.Options, statusCode: status);

    public static Task WriteAsync(HttpContext http, Refusal refusal) => refusal.ToResult().ExecuteAsync(http);

    /// <summary>
    /// Answers unexpected exceptions: 503 when the store or a provider is the cause, otherwise 500 with a trace id
    /// and no details.
    /// </summary>
    public static void UseProblems(this WebApplication app)
    {
        var failures = app.Services.GetRequiredService<StoreFailures>();
        app.UseExceptionHandler(
            new ExceptionHandlerOptions
            {
                // None of these is a bug in the portal. Failures of the store are logged by their cause, once a second.
                SuppressDiagnosticsCallback = c =>
                    c.Exception
                        is BadHttpRequestException
                            or InvalidDataException
                            or Microsoft.AspNetCore.Antiforgery.AntiforgeryValidationException
                    || failures.IsOurs(c.Exception),
                ExceptionHandler = http => WriteErrorAsync(http, http.Features.Get<IExceptionHandlerFeature>()?.Error),
            }
        );
        app.UseStatusCodePages(c => WriteBareStatusAsync(c.HttpContext));
    }

    private static async Task WriteErrorAsync(HttpContext http, Exception? error)
    {
        var failures = http.RequestServices.GetRequiredService<StoreFailures>();
        var refusal = error switch
        {
            // UnitOfWorkRunner has logged it.
            StoreBusyException => OfStore(failures.CauseOf(error)),
            not null
                when Database.Chain(error).OfType<BadHttpRequestException>().FirstOrDefault()
                    is { StatusCode: 413 } tooLarge => Refusals.BodyTooLarge with
            {
                Detail = tooLarge.Message,
            },
            BadHttpRequestException { StatusCode: 415 } => Refusals.MediaType,
            BadHttpRequestException bad => Refusals.BodyMalformed with
            {
                Status = bad.StatusCode is >= 400 and < 500 ? bad.StatusCode : 400,
            },
            InvalidDataException or Microsoft.AspNetCore.Antiforgery.AntiforgeryValidationException =>
                Refusals.BodyMalformed,
            not null when failures.IsOurs(error) => OfStore(failures.Log("Read", RefusalLog.RouteOf(http), error)),
            _ => null,
        };
        if (refusal is not null)
            await WriteAsync(http, refusal);
        else
            await WriteBareAsync(
                http,
                500,
                "Something went wrong here.",
                "error.internal",
                "It was logged. Tell support the trace id if it happens again."
            );
    }

    /// <summary>The refusal for a failure of the store; only an overloaded store is <c>store.busy</c>.</summary>
    private static Refusal OfStore(StoreCause cause) =>
        cause.Trouble switch
        {
            StoreTrouble.Unreachable => Refusals.StoreUnreachable,
            StoreTrouble.NotWritable => Refusals.StoreNotWritable,
            _ => Refusals.StoreBusy,
        };

    private static Task WriteBareStatusAsync(HttpContext http) =>
        http.Response.StatusCode switch
        {
            404 => WriteAsync(http, Refusals.NotFound),
            405 => WriteBareAsync(
                http,
                405,
                "This method is not allowed here.",
                "method.not_allowed",
                "Use one of the methods in Allow."
            ),
            415 => WriteAsync(http, Refusals.MediaType),
            var status => WriteBareAsync(
                http,
                status,
                "The request was refused.",
                "http." + status,
                "Check the request."
            ),
        };

    private static Task WriteBareAsync(HttpContext http, int status, string title, string code, string next) =>
        WriteAsync(http, new Refusal(code, status, title, next));

    /// <summary>Writes a page for browsers, problem details for programs.</summary>
    private sealed class RefusalResult(Refusal refusal) : IResult
    {
        public async Task ExecuteAsync(HttpContext httpContext)
        {
            if (refusal.RetryAfter is { } wait)
                httpContext.Response.Headers.RetryAfter = Math.Max(1, (long)Math.Ceiling(wait.TotalSeconds)).ToString();
            httpContext.Response.StatusCode = refusal.Status;
            httpContext.Response.Headers.CacheControl = "no-store";
            RefusalLog.Write(httpContext, refusal);
            var trace = Http.TraceOf(httpContext);
            if (httpContext.WantsPage())
                await RefusalPage.WriteAsync(httpContext, refusal, trace);
            else
                await httpContext.Response.WriteAsJsonAsync(
                    Problem.Of(refusal, trace),
                    Json.Options,
                    Problem.MediaType
                );
        }
    }
}
