using System.Diagnostics;
using System.Security.Claims;
using HeroOnboarding.Store;
using Microsoft.AspNetCore.WebUtilities;

namespace HeroOnboarding.Web;

/// <summary>Extensions of requests and answers that routes and pages share.</summary>
public static class Http
{
    /// <summary>True for a browser that asks for a page, false for a program that asks for JSON.</summary>
    public static bool WantsPage(this HttpContext http)
    {
        foreach (var type in http.Request.GetTypedHeaders().Accept)
            if (type.MediaType.Equals("text/html", StringComparison.OrdinalIgnoreCase))
                return true;
        return false;
    }

    public static bool IsForm(this HttpRequest request) => request.HasFormContentType;

    public static bool IsUnsafe(this HttpRequest request) =>
        !HttpMethods.IsGet(request.Method)
        && !HttpMethods.IsHead(request.Method)
        && !HttpMethods.IsOptions(request.Method)
        && !HttpMethods.IsTrace(request.Method);

    /// <summary>Reads the form once. A form that cannot be read is the caller's mistake.</summary>
    /// <exception cref="BadHttpRequestException">The form is malformed, or exceeds a limit.</exception>
    public static async Task<IFormCollection> FormAsync(this HttpContext http)
    {
        try
        {
            return await http.Request.ReadFormAsync(http.RequestAborted);
        }
        catch (Exception e) when (e is InvalidDataException or (IOException and not BadHttpRequestException))
        {
            throw new BadHttpRequestException("Not a form.", StatusCodes.Status400BadRequest, e);
        }
    }

    /// <summary>
    /// The redirect after a form: 303, so that the browser follows with GET and a reload repeats nothing.
    /// Local paths only.
    /// </summary>
    public static IResult SeeOther(string path) => new SeeOtherResult(LocalPath(path) ?? "/");

    /// <summary>303 to a provider's page. The caller has checked that the address is one of the provider's.</summary>
    public static IResult SeeOtherOutside(Uri address) => new SeeOtherResult(address.AbsoluteUri);

    /// <summary>
    /// Redirects to a page with a refusal's code, the trace id of this request and the typed values of the detail; the
    /// page composes the sentence and prints the id.
    /// </summary>
    public static IResult SeeOtherRefused(string page, Refusal refusal) => new RefusedFormResult(page, refusal);

    /// <summary>
    /// The text if it is a path on this site, otherwise null: no scheme, no host, no backslash, no control character.
    /// </summary>
    public static string? LocalPath(string? path) =>
        path is { Length: > 0 and <= 2048 }
        && path[0] == '/'
        && (path.Length == 1 || path[1] is not ('/' or '\\'))
        && !path.Any(c => char.IsControl(c) || c == '\\')
            ? path
            : null;

    /// <summary>
    /// The trace id of the request: 32 hexadecimal digits. The same id is in its log lines, its audit rows
    /// and its answer.
    /// </summary>
    public static string TraceOf(HttpContext http) => Activity.Current?.TraceId.ToString() ?? http.TraceIdentifier;

    /// <summary>
    /// The trace id of the refused request that redirected to this page; null unless it has exactly the form of one.
    /// </summary>
    public static string? RefusedTrace(HttpContext http) =>
        http.Request.Query[TraceParameter] is [{ Length: 32 } sent] && sent.All(char.IsAsciiHexDigitLower)
            ? sent
            : null;

    private const string TraceParameter = "trace";

    /// <summary>The signed-in customer's account sid.</summary>
    /// <exception cref="InvalidOperationException">The route has no customer policy.</exception>
    public static string AccountSid(this ClaimsPrincipal user) =>
        user.FindFirstValue(ClaimNames.Account) ?? throw new InvalidOperationException("Not a customer.");

    public static bool IsCustomer(this ClaimsPrincipal user) => user.HasClaim(c => c.Type == ClaimNames.Account);

    /// <summary>The actor of this request, for the audit.</summary>
    public static Actor Actor(this HttpContext http) =>
        http.User switch
        {
            var u when u.FindFirstValue(ClaimNames.Account) is { } sid => Store.Actor.Customer(sid),
            var u when u.FindFirstValue(ClaimNames.Operator) is { } name => new("operator", name),
            var u when u.FindFirstValue(ClaimNames.Machine) is { } name => new("machine", name),
            _ => new("anonymous", "-"),
        };

    /// <summary>
    /// The key of limits per client: the address; for IPv6 its /64, since a customer usually has a whole one.
    /// </summary>
    public static string ClientKey(this HttpContext http)
    {
        var address = http.Connection.RemoteIpAddress;
        if (address is null)
            return "unknown";
        if (address.IsIPv4MappedToIPv6)
            address = address.MapToIPv4();
        return address.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6
            ? Convert.ToHexString(address.GetAddressBytes()[..8]).ToLowerInvariant() + "/64"
            : address.ToString();
    }

    /// <summary>
    /// Percent-encodes everything but ASCII: the server answers 500 to any other character in a header.
    /// </summary>
    private static string Ascii(string path) =>
        string.Concat(path.EnumerateRunes().Select(r => r.IsAscii ? r.ToString() : Uri.EscapeDataString(r.ToString())));

    private sealed class RefusedFormResult(string page, Refusal refusal) : IResult
    {
        public Task ExecuteAsync(HttpContext httpContext)
        {
            RefusalLog.Write(httpContext, refusal);
            var back = QueryHelpers.AddQueryString(
                QueryHelpers.AddQueryString(page, "refused", refusal.Code),
                TraceParameter,
                TraceOf(httpContext)
            );
            back = QueryHelpers.AddQueryString(back, refusal.Figures?.ToQuery() ?? []);
            return SeeOther(back).ExecuteAsync(httpContext);
        }
    }

    private sealed class SeeOtherResult(string path) : IResult
    {
        public Task ExecuteAsync(HttpContext httpContext)
        {
            httpContext.Response.StatusCode = StatusCodes.Status303SeeOther;
            httpContext.Response.Headers.Location = Ascii(path);
            return Task.CompletedTask;
        }
    }
}

/// <summary>The claims of a signed-in principal.</summary>
public static class ClaimNames
{
    public const string Account = "account";
    public const string Name = "name";
    public const string AddressEnd = "address_end";
    public const string Session = "session";

    /// <summary>
    /// An operator's name as the audit shows it: "login (id)" from the Forge, or the name entered with
    /// the shared secret.
    /// </summary>
    public const string Operator = "operator";

    /// <summary>An operator's numeric id at the Forge; absent for the shared secret.</summary>
    public const string OperatorId = "operator_id";
    public const string Role = "role";

    /// <summary>A program: "admin-secret", or "token:" and the token's name.</summary>
    public const string Machine = "machine";

    /// <summary>The scopes of a machine token, separated by spaces.</summary>
    public const string Scopes = "scopes";
}
