namespace HeroOnboarding.Accounts.Mycelium;

/// <summary><c>/login/mycelium/state</c>: the fragment with the state of the message, which the page reloads.</summary>
public sealed class ChallengeStateModel(AnswerChallenge answers, MyceliumDaemon daemon, TimeProvider clock)
    : ChallengeModel(answers, daemon, clock);
