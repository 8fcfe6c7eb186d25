namespace HeroOnboarding.Common;

/// <summary>A value, or a refusal (an expected "no"). Exceptions are for bugs and unavailable dependencies.</summary>
public readonly struct Outcome<T>
{
    private readonly T? value;
    private readonly Refusal? refusal;

    private Outcome(T? value, Refusal? refusal) => (this.value, this.refusal) = (value, refusal);

    public bool IsRefused => refusal is not null;

    /// <exception cref="InvalidOperationException">The outcome is a refusal.</exception>
    public T Value => refusal is null ? value! : throw new InvalidOperationException("Refused: " + refusal.Code);

    /// <exception cref="InvalidOperationException">The outcome is a value.</exception>
    public Refusal Refusal => refusal ?? throw new InvalidOperationException("Not refused.");

    public static implicit operator Outcome<T>(T value) => new(value, null);

    public static implicit operator Outcome<T>(Refusal refusal) => new(default, refusal);
}
