using Muse.SelfHostedMedia;
using Muse.SelfHostedMedia.Rooms;

namespace Muse.Api.Preflights;

/// <summary>A test that has begun and may still send its result.</summary>
/// <param name="PersonId">Whose network and devices are looked at.</param>
/// <param name="ByPersonId">Who began it.</param>
/// <param name="Offered">The paths that it is to try; none where the built-in room may not be used, and then there is no room.</param>
public sealed record BegunPreflight(Guid Id, Guid PersonId, Guid? StudentId, Guid ByPersonId, IReadOnlyList<string> Offered);

/// <summary>
/// The private room of one test: nobody is in it but the person, who comes in once over each path and hears themself. It is closed with its
/// socket, and by the clock.
/// </summary>
public sealed class LivePreflight(BegunPreflight begun, Room room, DateTimeOffset closesAt)
{
    private readonly Dictionary<string, Participant> _ways = [];

    public BegunPreflight Begun => begun;

    public DateTimeOffset ClosesAt => closesAt;

    /// <summary>Told once when the room closes, so that its socket goes too.</summary>
    public CancellationTokenSource Closing { get; } = new();

    /// <summary>What is published over this path and may be heard again.</summary>
    public IEnumerable<TrackInfo> TracksOf(string path) =>
        _ways.TryGetValue(path, out var way) ? room.Tracks.Where(track => track.ParticipantId == way.Id) : [];

    /// <summary>The stay of this path, begun when it is asked for first. Only the room's one socket asks, one message after the other.</summary>
    public async Task<Outcome<Participant>> Over(string path)
    {
        if (_ways.TryGetValue(path, out var known))
            return known;
        var joined = await room.Join(Guid.CreateVersion7(), path, ParticipantRole.Student);
        if (!joined.IsRefused)
            _ways[path] = joined.Value;
        return joined;
    }

    public async Task Close()
    {
        await Closing.CancelAsync();
        await room.Close();
    }
}
