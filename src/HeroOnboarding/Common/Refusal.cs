namespace HeroOnboarding.Common;

/// <summary>An expected "no": a stable code for programs, a sentence for people, and what to do next.</summary>
/// <param name="Title">What happened, as a sentence.</param>
/// <param name="Next">What to do next, as a sentence.</param>
public sealed record Refusal(string Code, int Status, string Title, string Next)
{
    /// <summary>What exactly was wrong with this request, where the catalogue's sentence is not enough.</summary>
    public string? Detail
    {
        get => detail ?? (Figures is null ? null : Figures.Fill(Sentence?.Invoke(Figures)));
        init => detail = value;
    }

    /// <summary>
    /// The typed values of the detail, where it has any: only these go with a refused form back to its page.
    /// </summary>
    public RefusalFigures? Figures { get; init; }

    /// <summary>
    /// Composes the detail from the figures; null where they do not fit. <see cref="RefusalFigures.Instant"/> stands
    /// for the instant.
    /// </summary>
    public Func<RefusalFigures, string?>? Sentence { get; init; }

    /// <summary>The page where a customer can do something about it; null where nothing on this site helps.</summary>
    public NextStep? Step { get; init; }

    private readonly string? detail;

    /// <summary>When it makes sense to try again; answered as Retry-After.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>Every single thing that is wrong, for bodies with many entries.</summary>
    public IReadOnlyList<string>? Errors { get; init; }
}
