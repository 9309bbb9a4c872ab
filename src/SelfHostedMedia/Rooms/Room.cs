using System.Collections.Immutable;

namespace Muse.SelfHostedMedia.Rooms;

/// <summary>People whose sound and picture reach each other. Safe to call from any thread.</summary>
public sealed class Room
{
    internal Room(Guid id, RoomProfile profile) => (Id, Profile) = (id, profile);

    public Guid Id { get; }

    public RoomProfile Profile { get; }

    /// <summary>A snapshot of who is in.</summary>
    public ImmutableArray<Participant> Participants { get; private set; } = [];

    /// <summary>A snapshot of what is published.</summary>
    public ImmutableArray<TrackInfo> Tracks { get; private set; } = [];

    /// <summary>Lets a participant in. One who is in already leaves first (<see cref="LeaveReason.Replaced"/>).</summary>
    /// <returns>The stay, or <c>room_full</c>, <c>room_closed</c>.</returns>
    public Task<Outcome<Participant>> Join(Guid participantId, string displayName, ParticipantRole role) =>
        throw new NotImplementedException();

    /// <summary>Everyone leaves and the room is forgotten. Repeatable.</summary>
    public Task Close() => throw new NotImplementedException();
}
