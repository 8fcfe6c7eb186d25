using System.Text.Json.Nodes;

namespace HeroOnboarding.Simulators.Stripe;

/// <summary>The sessions, their changes, and the events that report them.</summary>
/// <param name="pages">Base address of the hosted pages.</param>
/// <param name="happened">Called once for each event, in order, after the change.</param>
internal sealed class StripeBook(StripeTwists twists, TimeProvider time, Func<Uri> pages, Action<StripeEvent> happened)
    : IDisposable
{
    private readonly Lock gate = new();
    private readonly Dictionary<string, StripeSession> sessions = new(StringComparer.Ordinal);
    private readonly List<string> order = [];
    private readonly Dictionary<string, ITimer> expiries = new(StringComparer.Ordinal);
    private readonly List<StripeEvent> events = [];

    /// <summary>All sessions, oldest first.</summary>
    public IReadOnlyList<StripeSession> Sessions
    {
        get
        {
            lock (gate)
                return [.. order.Select(id => sessions[id])];
        }
    }

    /// <summary>All events, oldest first.</summary>
    public IReadOnlyList<StripeEvent> Events
    {
        get
        {
            lock (gate)
                return [.. events];
        }
    }

    public StripeSession? Find(string id)
    {
        lock (gate)
            return sessions.GetValueOrDefault(id);
    }

    public JsonObject Json(StripeSession session, params IReadOnlyList<string> expand) =>
        StripeJson.Session(session, pages(), expand);

    public StripeReply Create(StripeRequest request)
    {
        var now = DateTimeOffset.FromUnixTimeSeconds(time.GetUtcNow().ToUnixTimeSeconds());
        var (session, refusal) = new NewSession(request, now).Read();
        if (session is null)
            return refusal!;
        session = session with { Twists = twists.OfSession() };
        lock (gate)
        {
            sessions[session.Id] = session;
            order.Add(session.Id);
            expiries[session.Id] = time.CreateTimer(
                _ => Change(session.Id, StripeEvent.Expired, s => s.Expired()),
                null,
                session.ExpiresAt - time.GetUtcNow(),
                Timeout.InfiniteTimeSpan
            );
        }
        return StripeReply.Ok(Json(session, request.Expand));
    }

    /// <summary>Alters a session permanently.</summary>
    public void Twist(string id, IReadOnlyList<StripeTwist> more)
    {
        lock (gate)
            sessions[id] = sessions[id] with { Twists = [.. sessions[id].Twists, .. more] };
    }

    /// <summary>
    /// Changes a session and reports it by an event of this type; false when the session is unknown or
    /// in another state.
    /// </summary>
    public bool Change(string id, string type, Func<StripeSession, StripeSession?> change, StripeRequest? cause = null)
    {
        List<StripeEvent> told = [];
        lock (gate)
        {
            if (!sessions.TryGetValue(id, out var before) || change(before) is not { } after)
                return false;
            sessions[id] = after;
            if (expiries.Remove(id, out var expiry))
                expiry.Dispose();
            for (var times = twists.EveryFactTwice ? 2 : 1; times > 0; times--)
                told.Add(Write(type, after, Json(after), cause));
        }
        told.ForEach(happened);
        return true;
    }

    /// <summary>Makes an event without a change.</summary>
    public StripeEvent Tell(string type, StripeSession? session, JsonObject about)
    {
        StripeEvent told;
        lock (gate)
            told = Write(type, session, about, cause: null);
        happened(told);
        return told;
    }

    public void Dispose()
    {
        lock (gate)
        {
            foreach (var expiry in expiries.Values)
                expiry.Dispose();
            expiries.Clear();
        }
    }

    private StripeEvent Write(string type, StripeSession? session, JsonObject about, StripeRequest? cause)
    {
        var (id, at, livemode) = (StripeId.New("evt_1", 23), time.GetUtcNow(), session?.Livemode ?? false);
        var once = twists.OfEvent();
        var json = StripeJson.Event(id, type, at, livemode, StripeTwist.OnSession(about, once), cause);
        StripeTwist.OnEnvelope(json, [.. session?.Twists ?? [], .. once]);
        var told = new StripeEvent(
            id,
            json["type"]!.GetValue<string>(),
            session?.Id,
            livemode,
            at,
            StripeJson.Text(json)
        );
        events.Add(told);
        return told;
    }
}
