using System.Text.Json.Nodes;

namespace HeroOnboarding.Simulators.Stripe;

/// <summary>The sessions, their changes, and the events that report them.</summary>
/// <param name="pages">Base address of the hosted pages.</param>
/// <param name="happened">Called once for each event, in order, after the change.</param>
internal sealed class StripeBook(StripeTwists twists, TimeProvider time, Func<Uri> pages, Action<StripeEvent> happened)
    : IDisposable
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, StripeSession> _sessions = new(StringComparer.Ordinal);
    private readonly List<string> _order = [];
    private readonly Dictionary<string, ITimer> _expiries = new(StringComparer.Ordinal);
    private readonly List<StripeEvent> _events = [];

    /// <summary>All sessions, oldest first.</summary>
    public IReadOnlyList<StripeSession> Sessions
    {
        get
        {
            lock (_gate)
                return [.. _order.Select(id => _sessions[id])];
        }
    }

    /// <summary>All events, oldest first.</summary>
    public IReadOnlyList<StripeEvent> Events
    {
        get
        {
            lock (_gate)
                return [.. _events];
        }
    }

    public StripeSession? Find(string id)
    {
        lock (_gate)
            return _sessions.GetValueOrDefault(id);
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
        lock (_gate)
        {
            _sessions[session.Id] = session;
            _order.Add(session.Id);
            _expiries[session.Id] = time.CreateTimer(
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
        lock (_gate)
            _sessions[id] = _sessions[id] with { Twists = [.. _sessions[id].Twists, .. more] };
    }

    /// <summary>
    /// Changes a session and reports it by an event of this type; false when the session is unknown or
    /// in another state.
    /// </summary>
    public bool Change(string id, string type, Func<StripeSession, StripeSession?> change, StripeRequest? cause = null)
    {
        List<StripeEvent> told = [];
        lock (_gate)
        {
            if (!_sessions.TryGetValue(id, out var before) || change(before) is not { } after)
                return false;
            _sessions[id] = after;
            if (_expiries.Remove(id, out var expiry))
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
        lock (_gate)
            told = Write(type, session, about, cause: null);
        happened(told);
        return told;
    }

    public void Dispose()
    {
        lock (_gate)
        {
            foreach (var expiry in _expiries.Values)
                expiry.Dispose();
            _expiries.Clear();
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
        _events.Add(told);
        return told;
    }
}
