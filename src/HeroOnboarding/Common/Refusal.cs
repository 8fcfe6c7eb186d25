namespace HeroOnboarding.Common;

/// <summary>An expected "no": a stable code for programs, a sentence for people, and the next step.</summary>
/// <param name="Title">What happened, as a sentence.</param>
/// <param name="Next">The next step, as a sentence.</param>
public sealed record Refusal(string Code, int Status, string Title, string Next)
{
    /// <summary>What was wrong with this request, if the catalogue's sentence does not say it.</summary>
    public string? Detail
    {
        get => detail ?? (Figures is null ? null : Figures.Fill(Sentence?.Invoke(Figures)));
        init => detail = value;
    }

    /// <summary>The typed values of the detail; null for none. A refused form takes only these to its page.</summary>
    public RefusalFigures? Figures { get; init; }

    /// <summary>
    /// Composes the detail from the figures; null if they are not suitable. <see cref="RefusalFigures.Instant"/> stands
    /// for the instant.
    /// </summary>
    public Func<RefusalFigures, string?>? Sentence { get; init; }

    /// <summary>The page where the customer can solve the problem; null for none.</summary>
    public NextStep? Step { get; init; }

    private readonly string? detail;

    /// <summary>When another attempt makes sense; answered as Retry-After.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>Every single mistake, for bodies with many entries.</summary>
    public IReadOnlyList<string>? Errors { get; init; }
}
