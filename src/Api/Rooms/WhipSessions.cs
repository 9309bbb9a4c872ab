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

    /// <returns>Its name, 256 random bits in base64url; null when there are too many.</returns>
    internal string? Add(WhipSession session)
    {
        var name = Tickets.RandomSecret();
        var key = Tickets.KeyOf(name);
        lock (_gate)
        {
            if (_byName.Count >= options.MaxStreams) return null;
            _byName.Add(key, session);
            // The stay before under this id has left by now; only the news of it may be late.
            if (_byParticipant.TryGetValue(session.Media.Id, out var former)) _byName.Remove(former);
            _byParticipant[session.Media.Id] = key;
            if (session.Room.OnlyOne is { } only) _onlyOnes[only] = key;
        }
        return name;
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

    /// <returns>False when it has ended already.</returns>
    internal async Task<bool> End(WhipSession session)
    {
        var was = Forget(session.Media.Id, session.Media.Session) is not null;
        await session.Room.Leave(session.Media);
        return was;
    }

    /// <summary>What the media server says: a session whose connection is gone for good is gone too. A player or encoder that comes back posts
    /// anew.</summary>
    public void Heard(RoomFact fact)
    {
        switch (fact)
        {
            case SelfHostedMedia.Rooms.ParticipantLeft left:
                if (Forget(left.ParticipantId, left.Session) is { } gone) _ = gone.Room.Leave(gone.Media);
                break;
            case ConnectionChanged { State: ConnectionState.Failed or ConnectionState.Closed } over:
                WhipSession? ended;
                lock (_gate) ended = _byParticipant.TryGetValue(over.ParticipantId, out var key) ? _byName[key] : null;
                // The fact may be of an earlier stay under the same id.
                if (ended is { Media.HasConnection: false }) _ = End(ended);
                break;
        }
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
