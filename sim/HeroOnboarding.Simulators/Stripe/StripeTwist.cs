using System.Collections.Concurrent;
using System.Text.Json.Nodes;

namespace HeroOnboarding.Simulators.Stripe;

/// <summary>An alteration of a session or an event, as a fault.</summary>
/// <param name="Session">Alters the session object.</param>
/// <param name="Envelope">Alters the event around it.</param>
public sealed record StripeTwist(Action<JsonObject>? Session = null, Action<JsonObject>? Envelope = null)
{
    /// <summary>Swaps live and test mode, in the session and in the event.</summary>
    public static StripeTwist OtherMode { get; } = new(Flip, Flip);

    /// <summary>Removes the reference (null, as Stripe sends it).</summary>
    public static StripeTwist NoReference { get; } = Reference(null);

    /// <summary>Another amount.</summary>
    /// <param name="minorUnits">Cents, for dollars.</param>
    public static StripeTwist Amount(long minorUnits) =>
        new(session =>
        {
            session["amount_total"] = minorUnits;
            session["amount_subtotal"] = minorUnits;
        });

    /// <summary>Another currency.</summary>
    public static StripeTwist Currency(string code) => new(session => session["currency"] = code);

    /// <summary>Another <c>client_reference_id</c>.</summary>
    public static StripeTwist Reference(string? reference) =>
        new(session => session["client_reference_id"] = reference);

    /// <summary>Another <c>payment_status</c>.</summary>
    public static StripeTwist PaymentStatus(string status) => new(session => session["payment_status"] = status);

    /// <summary>Another entry of the metadata.</summary>
    public static StripeTwist Metadata(string key, string? value) => new(session => session["metadata"]![key] = value);

    /// <summary>Another type of event.</summary>
    public static StripeTwist Type(string type) => new(Envelope: happened => happened["type"] = type);

    /// <summary>Another version of the API, for example of another release train: <c>2025-01-27.acacia</c>.</summary>
    public static StripeTwist ApiVersion(string version) =>
        new(Envelope: happened => happened["api_version"] = version);

    /// <summary>Applies all to a session object.</summary>
    internal static JsonObject OnSession(JsonObject session, IEnumerable<StripeTwist> twists)
    {
        foreach (var twist in twists)
            twist.Session?.Invoke(session);
        return session;
    }

    /// <summary>Applies all to an event's envelope.</summary>
    internal static void OnEnvelope(JsonObject happened, IEnumerable<StripeTwist> twists)
    {
        foreach (var twist in twists)
            twist.Envelope?.Invoke(happened);
    }

    private static void Flip(JsonObject it) => it["livemode"] = !it["livemode"]!.GetValue<bool>();
}

/// <summary>Alterations that wait for the next session or event.</summary>
public sealed class StripeTwists
{
    private readonly ConcurrentQueue<StripeTwist[]> sessions = new();
    private readonly ConcurrentQueue<StripeTwist[]> events = new();

    internal StripeTwists() { }

    /// <summary>
    /// Every change is reported by two events with different ids (Stripe documentation: this happens).
    /// </summary>
    public bool EveryFactTwice { get; set; }

    /// <summary>Alters the next new session permanently: in every answer and every event.</summary>
    public void NextSession(params ReadOnlySpan<StripeTwist> twists) => sessions.Enqueue(twists.ToArray());

    /// <summary>Alters the next event only; the API answers with the unaltered session.</summary>
    public void NextEvent(params ReadOnlySpan<StripeTwist> twists) => events.Enqueue(twists.ToArray());

    internal IReadOnlyList<StripeTwist> OfSession() => sessions.TryDequeue(out var twists) ? twists : [];

    internal IReadOnlyList<StripeTwist> OfEvent() => events.TryDequeue(out var twists) ? twists : [];
}
