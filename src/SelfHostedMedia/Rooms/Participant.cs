namespace Muse.SelfHostedMedia.Rooms;

/// <summary>One stay of a person in a room. Safe to call from any thread; every call runs on the media thread in the order of calls.</summary>
public sealed class Participant
{
    internal Participant(Room room, Guid id, long session, string displayName, ParticipantRole role) =>
        (Room, Id, Session, DisplayName, Role) = (room, id, session, displayName, role);

    public Room Room { get; }

    public Guid Id { get; }

    /// <summary>Grows with every join to this server.</summary>
    public long Session { get; }

    public string DisplayName { get; }

    public ParticipantRole Role { get; }

    /// <summary>Answers an offer of the publishing connection (sendonly m-lines). The same RTCPeerConnection may offer again with more or
    /// fewer m-lines or after restartIce(); a new one replaces the old and its tracks.</summary>
    /// <param name="sources">mid → what it shows; absent means microphone and camera.</param>
    /// <returns>The answer's SDP, or <c>invalid_offer</c>, <c>too_many_tracks</c>, <c>participant_left</c>.</returns>
    public Task<Outcome<string>> Publish(string offerSdp, IReadOnlyDictionary<string, TrackSource>? sources = null) =>
        throw new NotImplementedException();

    /// <summary>Answers an offer of the subscribing connection (recvonly m-lines). Offered again whenever tracks come and go.</summary>
    /// <param name="tracks">mid → track; an m-line that is not in it, or whose track has gone, is answered inactive.</param>
    /// <returns>The answer's SDP, or <c>invalid_offer</c>, <c>participant_left</c>.</returns>
    public Task<Outcome<string>> Subscribe(string offerSdp, IReadOnlyDictionary<string, Guid> tracks) =>
        throw new NotImplementedException();

    /// <summary>Ends both connections and unpublishes the tracks. Repeatable.</summary>
    public Task Leave() => throw new NotImplementedException();
}
