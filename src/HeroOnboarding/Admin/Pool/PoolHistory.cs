using System.Globalization;
using System.Text;
using HeroOnboarding.Pool;
using HeroOnboarding.Store;
using HeroOnboarding.Web;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Admin.Pool;

/// <summary>One state over the span, as a chart and as numbers.</summary>
/// <param name="Steps">One value per point of the chart, oldest first; null where nothing was counted.</param>
public sealed record PoolLine(PoolState State, IReadOnlyList<int?> Steps)
{
    private const int Height = 36;

    public int? Now => Steps.LastOrDefault(s => s is not null);
    public int? Least => Steps.Min();
    public int? Most => Steps.Max();

    /// <summary>
    /// The area below the line as the path of an SVG of <see cref="PoolHistory.Points"/> by 40; all lines have
    /// the same scale.
    /// </summary>
    public string Area(int top)
    {
        var path = new StringBuilder();
        var drawing = false;
        for (var x = 0; x < Steps.Count; x++)
        {
            if (Steps[x] is not { } value)
            {
                path.Append(drawing ? "V40Z" : "");
                drawing = false;
                continue;
            }
            var y = (40 - ((double)Height * value / Math.Max(top, 1))).ToString("0.#", CultureInfo.InvariantCulture);
            path.Append(CultureInfo.InvariantCulture, $"{(drawing ? "" : $"M{x},40")}V{y}H{x + 1}");
            drawing = true;
        }
        return path.Append(drawing ? "V40Z" : "").ToString();
    }
}

/// <summary>The number of machines in each state over a span, drawn on the server.</summary>
public sealed class PoolHistory
{
    public const int Points = 96;

    /// <summary>The accepted spans; the first is the default.</summary>
    public static readonly IReadOnlyList<(string Name, string Label, TimeSpan Span)> Spans =
    [
        ("1d", "24 hours", TimeSpan.FromDays(1)),
        ("7d", "7 days", TimeSpan.FromDays(7)),
        ("30d", "30 days", TimeSpan.FromDays(30)),
    ];

    private PoolHistory(string over, DateTimeOffset since, IReadOnlyList<PoolLine> lines, int samples) =>
        (Over, Since, Lines, Samples) = (over, since, lines, samples);

    public string Over { get; }
    public DateTimeOffset Since { get; }
    public IReadOnlyList<PoolLine> Lines { get; }

    /// <summary>The number of samples in the span.</summary>
    public int Samples { get; }
    public string Label => Spans.First(s => s.Name == Over).Label;
    public int Top => Lines.Max(l => l.Most) ?? 0;

    public static async Task<PoolHistory> ReadAsync(
        OnboardingDb db,
        string? over,
        DateTimeOffset now,
        CancellationToken cancel
    )
    {
        var (name, _, span) = Spans.FirstOrDefault(s => s.Name == over) is { Name: not null } asked ? asked : Spans[0];
        var since = now - span;
        var samples = await db
            .PoolSamples.Where(s => s.At > since && s.At <= now)
            .OrderBy(s => s.At)
            .ToListAsync(cancel);
        var buckets = samples
            .GroupBy(s => Math.Min(Points - 1, (int)((s.At - since) / span * Points)))
            .ToDictionary(g => g.Key, g => g.ToList());
        return new(name, since, [.. Enum.GetValues<PoolState>().Select(state => Line(state, buckets))], samples.Count);
    }

    /// <summary>The worst of a bucket's samples: the fewest free machines, and the most of every other state.</summary>
    private static PoolLine Line(PoolState state, Dictionary<int, List<PoolSample>> buckets)
    {
        int? last = null;
        var steps = new int?[Points];
        for (var i = 0; i < Points; i++)
        {
            // A value holds until the next sample, so that neither a long nor a short span has gaps.
            if (buckets.TryGetValue(i, out var samples))
                last = state == PoolState.Free ? samples.Min(s => s.Free) : samples.Max(s => Of(s, state));
            steps[i] = last;
        }
        return new(state, steps);
    }

    private static int Of(PoolSample s, PoolState state) =>
        state switch
        {
            PoolState.Free => s.Free,
            PoolState.Held => s.Held,
            PoolState.Recycling => s.Recycling,
            PoolState.Quarantined => s.Quarantined,
            PoolState.Maintenance => s.Maintenance,
            PoolState.Unproven => s.Unproven,
            _ => s.Unlisted,
        };

    /// <summary>For the API description.</summary>
    internal static RequestParameter Asked { get; } =
        new("over", "The span.", [.. Spans.Select(s => s.Name)]) { Default = Spans[0].Name };

    /// <summary><c>GET /admin/pool-history</c>: the counts of a span, oldest first.</summary>
    public static async Task<IResult> AnswerAsync(HttpContext http, Database database, TimeProvider clock)
    {
        var over = http.Request.Query["over"].ToString();
        if (over.Length > 0 && Spans.All(s => s.Name != over))
            return (
                Refusals.QueryInvalid with
                {
                    Detail = $"'over' must be one of {string.Join(", ", Spans.Select(s => s.Name))}.",
                }
            ).ToResult();
        var now = clock.Now();
        var since = now - Spans.FirstOrDefault(s => s.Name == over, Spans[0]).Span;
        await using var db = database.Read();
        return Results.Json(
            new PageOf<PoolSample>(
                await db
                    .PoolSamples.Where(s => s.At > since && s.At <= now)
                    .OrderBy(s => s.At)
                    .ToListAsync(http.RequestAborted),
                null
            ),
            Json.Options
        );
    }
}
