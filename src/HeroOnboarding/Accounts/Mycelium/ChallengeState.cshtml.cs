namespace HeroOnboarding.Accounts.Mycelium;

/// <summary><c>/login/mycelium/state</c>: the part that changes, alone, for looking again.</summary>
public sealed class ChallengeStateModel(AnswerChallenge answers, MyceliumDaemon daemon, TimeProvider clock)
    : ChallengeModel(answers, daemon, clock);
