namespace HeroOnboarding.Common;

/// <summary>A value, or an expected "no". Exceptions are for bugs and dead providers.</summary>
public readonly struct Outcome<T>
{
    private readonly T? value;
    private readonly Refusal? refusal;

    private Outcome(T? value, Refusal? refusal) => (this.value, this.refusal) = (value, refusal);

    public bool IsRefused => refusal is not null;

    /// <exception cref="InvalidOperationException">It was refused.</exception>
    public T Value => refusal is null ? value! : throw new InvalidOperationException("Refused: " + refusal.Code);

    /// <exception cref="InvalidOperationException">It was not refused.</exception>
    public Refusal Refusal => refusal ?? throw new InvalidOperationException("Not refused.");

    public static implicit operator Outcome<T>(T value) => new(value, null);

    public static implicit operator Outcome<T>(Refusal refusal) => new(default, refusal);
}
