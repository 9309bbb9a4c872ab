using Muse.Domain.StreamKeys;
using Muse.SelfHostedMedia;
using Muse.SelfHostedMedia.Rooms;

namespace Muse.Api.Rooms;

/// <summary>
/// A lesson's room for the holder of a stream key. An encoder, and a player of one person, take a seat beside that person's browser, so that
/// the others see who is in; an audience (a key for more than one) takes none and is only counted.
/// </summary>
/// <param name="open">Opens the room; null when the media server takes no further one. A player opens none.</param>
internal sealed class WhipLesson(Guid lessonId, LiveRooms rooms, TicketHolder holder, StreamUse use, int listeners, Func<Task<LiveRoom?>> open) : WhipRoom
{
    private LiveRoom? _live;
    private Seat? _seat;

    public override IEnumerable<TrackInfo> Tracks(string? publisher) => rooms.Find(lessonId)?.TracksOf(seat =>
        (listeners > 1 || seat.Holder.PersonId != holder.PersonId) && (publisher is null || IsMeant(publisher, seat))) ?? [];

    public override async Task<Outcome<Participant>> Enter()
    {
        _live = use is StreamUse.Publish ? await open() : rooms.Find(lessonId);
        if (_live is null) return new MediaRefusal("too_many_rooms", "The media server takes no further room.");
        if (listeners > 1) return await _live.Listen(holder.DisplayName);
        var entered = await _live.EnterWithoutSocket(holder);
        if (entered.IsRefused) return entered.Refusal!;
        _seat = entered.Value;
        return _seat.Media;
    }

    public override Task Leave(Participant participant, bool isLost = false) =>
        _seat is null ? participant.Leave() : isLost ? _live!.MediaLost(_seat.Id) : _live!.Leave(_seat);

    /// <summary>A stay, a person, or a role: an address that stays the same from lesson to lesson.</summary>
    private static bool IsMeant(string publisher, Seat seat) => Guid.TryParse(publisher, out var id)
        ? seat.Id == id || seat.Holder.PersonId == id
        : publisher.Equals(seat.Holder.Role.ToString(), StringComparison.OrdinalIgnoreCase);
}
