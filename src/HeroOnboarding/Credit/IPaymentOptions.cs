namespace HeroOnboarding.Credit;

/// <summary>The settings of the payment provider that other features need.</summary>
public interface IPaymentOptions
{
    /// <summary>True when customers can pay; otherwise operators add credit.</summary>
    bool IsOn { get; }

    /// <summary>True when real money moves.</summary>
    bool IsLive { get; }
}
