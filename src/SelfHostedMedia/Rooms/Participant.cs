using Muse.SelfHostedMedia.Sdp;

namespace Muse.SelfHostedMedia.Rooms;

/// <summary>One stay of a person in a room. Safe to call from any thread; every call runs on the media thread in the order of calls.</summary>
public sealed class Participant
{
    /// <summary>Tracks whose size a viewer has said.</summary>
    private const int MaxViews = 256;

    private readonly Dictionary<Guid, int> _views = [];
    private Publisher? _publisher;
    private Subscriber? _subscriber;
    private bool _hasLeft;
    private bool _soundIsSilenced;
    private bool _pictureIsSilenced;

    /// <summary>Since when there is no connection any more; −1 while there is one, or never was.</summary>
    private long _unconnectedSince = -1;

    internal Participant(Room room, Guid id, long session, string displayName, ParticipantRole role) =>
        (Room, Id, Session, DisplayName, Role) = (room, id, session, displayName, role);

    public Room Room { get; }

    public Guid Id { get; }

    /// <summary>Grows with every join to this server.</summary>
    public long Session { get; }

    public string DisplayName { get; }

    public ParticipantRole Role { get; }

    /// <summary>True from its first answered offer until its last connection has ended.</summary>
    public bool HasConnection { get; private set; }

    /// <summary>Answers an offer of the publishing connection (sendonly m-lines). The same RTCPeerConnection may offer again with more or
    /// fewer m-lines or after restartIce(); a new one replaces the old and its tracks.</summary>
    /// <param name="sources">mid → what it shows; absent means microphone and camera.</param>
    /// <returns>The answer's SDP, or <c>invalid_offer</c>, <c>too_many_tracks</c>, <c>participant_left</c>.</returns>
    public Task<Outcome<string>> Publish(string offerSdp, IReadOnlyDictionary<string, TrackSource>? sources = null)
    {
        var offer = ReadOffer(offerSdp, out var transport);
        if (offer.IsRefused)
            return Task.FromResult<Outcome<string>>(offer.Refusal!);
        if (Role == ParticipantRole.Listener)
            return Task.FromResult<Outcome<string>>(new MediaRefusal("not_allowed", "A listener does not publish."));
        return Room.Thread.Run(() => Publish(offer.Value, transport!, sources));
    }

    /// <summary>Answers an offer of the subscribing connection (recvonly m-lines). Offered again whenever tracks come and go.</summary>
    /// <param name="tracks">mid → track; an m-line that is not in it, or whose track has gone, is answered inactive.</param>
    /// <returns>The answer's SDP, or <c>invalid_offer</c>, <c>participant_left</c>.</returns>
    public Task<Outcome<string>> Subscribe(string offerSdp, IReadOnlyDictionary<string, Guid> tracks)
    {
        var offer = ReadOffer(offerSdp, out var transport, withData: Room.Thread.HasDataChannels);
        if (offer.IsRefused)
            return Task.FromResult<Outcome<string>>(offer.Refusal!);
        return Room.Thread.Run(() => Subscribe(offer.Value, transport!, tracks));
    }

    /// <summary>New ICE credentials for a connection whose peer has new ones, without a new offer: DTLS and media go on.</summary>
    /// <param name="offer">What the connection began with.</param>
    /// <returns>The answering fragment, or <c>participant_left</c> when there is no such connection any more.</returns>
    public Task<Outcome<string>> RestartIce(ConnectionKind kind, IceFragment restart, StreamOffer offer) => Room.Thread.Run<Outcome<string>>(() =>
    {
        Connection? connection = kind == ConnectionKind.Publish ? _publisher : _subscriber;
        if (_hasLeft || connection is null)
            return Left();
        connection.RestartIceIfAsked(new() { UserFragment = restart.UserFragment, Password = restart.Password });
        return AnswerWriter.WriteFragment(Room.TransportOf(connection), offer.Mids, offer.TaggedLine, offer.TaggedMid);
    });

    /// <summary>A new track goes on where one has gone, without another offer: for viewers who made one and make no other.</summary>
    /// <param name="offer">What the subscribing connection began with.</param>
    public Task<Followed> Follow(StreamOffer offer, Guid trackId) => Room.Thread.Run(() =>
        !_hasLeft && _subscriber is not null && Room.FindTrack(trackId) is { } track
            ? Following.Follow(_subscriber, offer.Description, track)
            : Followed.NotNeeded);

    /// <summary>How large the viewer shows a track, so that no more of it is sent than can be seen. Until it is said, a track is shown at
    /// its full size. A track that is not there is ignored.</summary>
    /// <param name="maxHeight">Lines on the screen (device pixels), 0–4,320; 0 = hidden, nothing of it is sent.</param>
    public Task View(Guid trackId, int maxHeight) => Room.Thread.Run(() =>
    {
        if (_hasLeft || Room.FindTrack(trackId) is null)
            return false;
        // Bounded by what a room can hold: the tracks that are gone make room first.
        if (_views.Count >= MaxViews && !_views.ContainsKey(trackId))
        {
            foreach (var gone in _views.Keys.Where(id => Room.FindTrack(id) is null).ToArray())
                _views.Remove(gone);
            if (_views.Count >= MaxViews)
                return false;
        }

        _views[trackId] = Math.Clamp(maxHeight, 0, 4_320);
        _subscriber?.View(trackId, _views[trackId]);
        return true;
    });

    /// <summary>A video m-line of its offers: which pictures it can decode. Null before there is one. What it says it sends counts until it has
    /// said what it receives: browsers decode what they encode.</summary>
    internal MediaSection? Decoding { get; private set; }

    /// <summary>Lines that a track is shown at.</summary>
    internal int ViewedHeight(Guid trackId) => _views.TryGetValue(trackId, out var height) ? height : int.MaxValue;

    /// <summary>Stops what this person publishes of a kind, now and later, from being passed on, or lets it through again. The person's client
    /// has no say in it.</summary>
    public Task Silence(TrackKind kind, bool isSilenced) => Room.Thread.Run(() =>
    {
        if (_hasLeft || IsSilenced(kind) == isSilenced)
            return false;
        if (kind == TrackKind.Audio)
            _soundIsSilenced = isSilenced;
        else
            _pictureIsSilenced = isSilenced;
        foreach (var track in _publisher?.Tracks ?? [])
        {
            foreach (var subscription in track.Subscriptions)
                subscription.Reconsider();
        }

        return true;
    });

    internal bool IsSilenced(TrackKind kind) => kind == TrackKind.Audio ? _soundIsSilenced : _pictureIsSilenced;

    /// <summary>Ends both connections and unpublishes the tracks. Repeatable.</summary>
    public Task Leave() => Room.Thread.Run(() =>
    {
        Leave(LeaveReason.Left);
        return true;
    });

    /// <summary>To this person and back, ms, as far as the subscribing connection knows; −1 while unknown. By the pings of the data channel
    /// where there is one: receiver reports are smoothed and come with a picture or sound only.</summary>
    public int RoundTrip => _subscriber switch
    {
        null => -1,
        { Timing.RoundTrip: >= 0 and var microseconds } => (int)((microseconds + 500) / 1_000),
        var subscriber => subscriber.RoundTrip.Milliseconds,
    };

    /// <summary>A message of another one in the room.</summary>
    internal void Hear(ReadOnlySpan<byte> stamped) => _subscriber?.Timing?.Forward(stamped);

    internal (Publisher? Publisher, Subscriber? Subscriber) Connections => (_publisher, _subscriber);

    /// <summary>The connection has its keys.</summary>
    internal bool IsConnected(ConnectionKind kind) =>
        (kind == ConnectionKind.Publish ? (Connection?)_publisher : _subscriber)?.State == ConnectionState.Connected;

    internal void Leave(LeaveReason reason)
    {
        if (_hasLeft)
            return;
        _hasLeft = true;
        _publisher?.End(ConnectionState.Closed, "left");
        _subscriber?.End(ConnectionState.Closed, "left");
        Room.Remove(this, reason);
    }

    internal void Unpublish(PublishedTrack track)
    {
        track.Publisher.Remove(track);
        Room.Remove(track);
    }

    internal void ConnectionEnded(Connection connection)
    {
        if (connection == _publisher)
            _publisher = null;
        else if (connection == _subscriber)
            _subscriber = null;
        HasConnection = _publisher is not null || _subscriber is not null;
        if (!HasConnection)
            _unconnectedSince = Room.Thread.Now;
    }

    /// <summary>One whose connections are all gone and do not come back leaves.</summary>
    internal void Second()
    {
        if (_unconnectedSince >= 0
            && Room.Thread.Now - _unconnectedSince > Room.Thread.Options.SilenceTimeout.TotalMilliseconds)
            Leave(LeaveReason.TimedOut);
    }

    private Outcome<SessionDescription> ReadOffer(string sdp, out TransportAttributes? transport, bool withData = false)
    {
        transport = null;
        var options = Room.Thread.Options;
        var offer = OfferParser.Parse(sdp, options.MaxOfferLength, options.MaxMediaSections);
        if (offer.IsRefused)
            return offer;
        var bundled = OfferChecks.BundleTransport(offer.Value, withData);
        if (bundled.IsRefused)
            return bundled.Refusal!;
        transport = bundled.Value;
        return offer;
    }

    private Outcome<string> Publish(
        SessionDescription offer, TransportAttributes transport, IReadOnlyDictionary<string, TrackSource>? sources)
    {
        if (_hasLeft)
            return Left();
        var continued = _publisher is { } former && former.IsSamePeer(offer, transport) ? former : null;
        var plan = Publication.Plan(offer, Room.Thread.Options, Room.VideoCodecs, continued?.Tracks ?? [], Room.Decoding(this));
        if (plan.IsRefused)
            return plan.Refusal!;
        Decoding ??= offer.Sections.Find(section => section.Kind == "video" && section.Codecs.Count > 0);
        var publisher = continued;
        if (publisher is null)
        {
            _publisher?.End(ConnectionState.Closed, "replaced");
            _publisher = publisher = new(Room.Thread, this, offer, transport);
            Begin(publisher);
        }
        else
        {
            publisher.RestartIceIfAsked(transport);
        }

        return Publication.Apply(publisher, plan.Value, sources);
    }

    private Outcome<string> Subscribe(
        SessionDescription offer, TransportAttributes transport, IReadOnlyDictionary<string, Guid> tracks)
    {
        if (_hasLeft)
            return Left();
        Decoding = offer.Sections.Find(section => section.Kind == "video" && section.Codecs.Count > 0) ?? Decoding;
        if (_subscriber is { } present && present.IsSamePeer(offer, transport))
        {
            present.RestartIceIfAsked(transport);
        }
        else
        {
            _subscriber?.End(ConnectionState.Closed, "replaced");
            _subscriber = new(Room.Thread, this, offer, transport);
            Begin(_subscriber);
        }

        return SubscriptionAnswer.Apply(_subscriber, offer, tracks);
    }

    private void Begin(Connection connection)
    {
        _unconnectedSince = -1;
        HasConnection = true;
        Room.Thread.Add(connection);
        Room.Say(new ConnectionChanged(
            Room.Id, Room.Thread.Time, Id, connection.Kind, ConnectionState.Connecting, "the offer is answered"));
    }

    private static MediaRefusal Left() => new("participant_left", "The participant has left the room: join again.");
}
