using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace HeroOnboarding.Tests.Support;

/// <summary>Everything the portal logs, for tests that look for a line or for secrets.</summary>
public sealed class LogCapture : ILoggerProvider, ISupportExternalScope
{
    private IExternalScopeProvider scopes = new LoggerExternalScopeProvider();

    public ConcurrentQueue<string> Lines { get; } = new();

    /// <summary>Each line with the scopes that the console prints beside it.</summary>
    public ConcurrentQueue<(string Line, string Scopes)> Scoped { get; } = new();

    public ILogger CreateLogger(string categoryName) => new Log(this, categoryName);

    public void SetScopeProvider(IExternalScopeProvider scopeProvider) => scopes = scopeProvider;

    /// <summary>The lines that carry this trace id.</summary>
    public IReadOnlyList<string> Of(string traceId) =>
        [.. Scoped.Where(s => s.Scopes == $"trace_id:{traceId}").Select(s => s.Line)];

    public void Dispose() { }

    private void Keep(string line)
    {
        Lines.Enqueue(line);
        var around = new List<string>();
        scopes.ForEachScope((scope, texts) => texts.Add(scope?.ToString() ?? ""), around);
        Scoped.Enqueue((line, string.Join(' ', around)));
    }

    private sealed class Log(LogCapture capture, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Information;

        void ILogger.Log<TState>(
            LogLevel logLevel,
            EventId eventId,
            TState state,
            Exception? exception,
            Func<TState, Exception?, string> formatter
        ) => capture.Keep($"{logLevel} {category}: {formatter(state, exception)} {exception}");
    }
}
