namespace HeroOnboarding.Credit;

/// <summary>What others need to know of the payment provider's options.</summary>
public interface IPaymentOptions
{
    /// <summary>Customers can pay by themselves; otherwise operators add credit.</summary>
    bool IsOn { get; }

    /// <summary>Real money moves.</summary>
    bool IsLive { get; }
}
