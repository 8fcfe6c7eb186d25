namespace HeroOnboarding.Store;

/// <summary>The portal's own actors in the audit.</summary>
internal static class SystemActors
{
    public static readonly Actor Jobs = Actor.System("jobs");
    public static readonly Actor Keys = Actor.System("keys");
    public static readonly Actor Health = Actor.System("health");
    public static readonly Actor Start = Actor.System("start");
    public static readonly Actor Rates = Actor.System("rates");
    public static readonly Actor Sessions = Actor.System("sessions");
}
