using Muse.SelfHostedMedia;
using Muse.SelfHostedMedia.Rooms;

namespace Muse.Api.Rooms;

/// <summary>
/// Where a WHIP or WHEP session of one bearer goes, and as whom: into a lesson's room, or into a room for load
/// tests.
/// </summary>
internal abstract class WhipRoom
{
    /// <summary>Sessions of one publisher, one after the other: a new one replaces the one before. Null: any number side by side.</summary>
    public required string? OnlyOne { get; init; }

    /// <summary>Sessions of one bearer at a time.</summary>
    public int Most { get; init; } = int.MaxValue;

    /// <summary>The relay's addresses for the <c>Link</c> fields.</summary>
    public IReadOnlyList<IceServer> IceServers { get; init; } = [];

    /// <summary>What a viewer gets, oldest first; never what comes from themself.</summary>
    /// <param name="publisher">As in <c>?publisher=</c>; null is everyone in the room.</param>
    public abstract IEnumerable<TrackInfo> Tracks(string? publisher);

    /// <returns>The stay, or <c>room_full</c>, <c>room_closed</c>, <c>too_many_rooms</c>.</returns>
    public abstract Task<Outcome<Participant>> Enter();

    /// <summary>Repeatable.</summary>
    /// <param name="isLost">Its connection was lost, which the others are told.</param>
    public abstract Task Leave(Participant participant, bool isLost = false);
}
