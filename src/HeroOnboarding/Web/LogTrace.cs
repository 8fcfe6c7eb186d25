using System.Collections;
using System.Diagnostics;

namespace HeroOnboarding.Web;

/// <summary>
/// Gives every log line the trace id of its request, which pages and problem details print. It replaces the scopes of
/// ASP.NET Core, which would add the path of the request and with it values that a caller chose.
/// </summary>
internal sealed class LogTrace : IExternalScopeProvider
{
    /// <summary>The name of the member that holds the id in a JSON line.</summary>
    internal const string Name = "trace_id";

    public void ForEachScope<TState>(Action<object?, TState> callback, TState state)
    {
        if (Activity.Current is { IdFormat: ActivityIdFormat.W3C } request)
            callback(new TraceId(request.TraceId.ToString()), state);
    }

    public IDisposable Push(object? state) => Nothing.Instance;

    /// <summary>The JSON formatter prints the pairs, the text formatter the text.</summary>
    private sealed class TraceId(string id) : IEnumerable<KeyValuePair<string, object?>>
    {
        public IEnumerator<KeyValuePair<string, object?>> GetEnumerator()
        {
            yield return new(Name, id);
        }

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

        public override string ToString() => $"{Name}:{id}";
    }

    private sealed class Nothing : IDisposable
    {
        public static readonly Nothing Instance = new();

        public void Dispose() { }
    }
}
