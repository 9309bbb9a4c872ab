using Muse.SelfHostedMedia.Rooms;

namespace Muse.Api.Rooms;

/// <summary>The WHIP and WHEP sessions of this server, by the hash of their unguessable name. In memory, as their media is.</summary>
public sealed class WhipSessions(RoomsOptions options)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, WhipSession> _byName = [];
    private readonly Dictionary<Guid, string> _byParticipant = [];
    private readonly Dictionary<string, string> _onlyOnes = [];

    public int Count
    {
        get
        {
            lock (_gate) return _byName.Count;
        }
    }

    internal bool IsFull => Count >= options.MaxStreams;

    /// <returns>Its name, 256 random bits in base64url; null when there are too many, in all or of this bearer. And the session that it
    /// replaces, which the caller ends.</returns>
    internal (string? Name, WhipSession? Before) Add(WhipSession session)
    {
        WhipSession? before = null;
        var name = Tickets.RandomSecret();
        var key = Tickets.KeyOf(name);
        lock (_gate)
        {
            if (_byName.Count >= options.MaxStreams) return (null, null);
            if (session.Room.Most < options.MaxStreams && _byName.Values.Count(other => other.BearerKey == session.BearerKey) >= session.Room.Most)
                return (null, null);
            _byName.Add(key, session);
            // The stay before under this id has left by now; only the news of it may be late.
            if (_byParticipant.TryGetValue(session.Media.Id, out var former)) _byName.Remove(former);
            _byParticipant[session.Media.Id] = key;
            if (session.Room.OnlyOne is { } only)
            {
                before = _onlyOnes.TryGetValue(only, out var older) ? _byName.GetValueOrDefault(older) : null;
                _onlyOnes[only] = key;
            }
        }
        return (name, before);
    }

    internal WhipSession? Find(string name)
    {
        var key = Tickets.KeyOf(name);
        lock (_gate) return _byName.GetValueOrDefault(key);
    }

    /// <summary>The session that a new one of the same publisher replaces.</summary>
    internal WhipSession? Only(string onlyOne)
    {
        lock (_gate) return _onlyOnes.TryGetValue(onlyOne, out var key) ? _byName.GetValueOrDefault(key) : null;
    }

    internal IReadOnlyList<WhipSession> OfBearer(string bearerKey)
    {
        lock (_gate) return [.. _byName.Values.Where(session => session.BearerKey == bearerKey)];
    }

    /// <param name="isLost">Its connection was lost, which the others in the room are told.</param>
    /// <returns>False when it has ended already.</returns>
    internal async Task<bool> End(WhipSession session, bool isLost = false)
    {
        var was = Forget(session.Media.Id, session.Media.Session) is not null;
        await session.Room.Leave(session.Media, isLost);
        return was;
    }

    /// <summary>What the media server says: a session whose connection is gone for good is gone too. A player or encoder that comes back posts
    /// anew. A player whose publisher comes back goes on with what that one sends now.</summary>
    public void Heard(RoomFact fact)
    {
        switch (fact)
        {
            case TrackPublished published:
                List<WhipSession> viewers;
                lock (_gate) viewers = [.. _byName.Values.Where(session => session.Media.Room.Id == published.RoomId)];
                foreach (var viewer in viewers.Where(viewer => viewer.Wants(published.Track.Id)))
                    _ = Follow(viewer, published.Track.Id);
                break;
            case SelfHostedMedia.Rooms.ParticipantLeft left:
                if (Forget(left.ParticipantId, left.Session) is { } gone) _ = gone.Room.Leave(gone.Media, left.Reason is LeaveReason.TimedOut);
                break;
            case ConnectionChanged { State: ConnectionState.Failed or ConnectionState.Closed } over:
                WhipSession? ended;
                lock (_gate) ended = _byParticipant.TryGetValue(over.ParticipantId, out var key) ? _byName[key] : null;
                // The fact may be of an earlier stay under the same id.
                if (ended is { Media.HasConnection: false }) _ = End(ended, over.State is ConnectionState.Failed);
                break;
        }
    }

    /// <summary>WHEP knows no second offer: a player that cannot decode what comes now sees its connection end, and posts anew.</summary>
    private async Task Follow(WhipSession viewer, Guid track)
    {
        if (await viewer.Media.Follow(viewer.Offer, track) is Followed.OtherCodec) await End(viewer);
    }

    private WhipSession? Forget(Guid participant, long stay)
    {
        lock (_gate)
        {
            if (!_byParticipant.TryGetValue(participant, out var key) || _byName[key] is not { } session || session.Media.Session != stay) return null;
            _byParticipant.Remove(participant);
            _byName.Remove(key);
            if (session.Room.OnlyOne is { } only && _onlyOnes.GetValueOrDefault(only) == key) _onlyOnes.Remove(only);
            return session;
        }
    }
}
