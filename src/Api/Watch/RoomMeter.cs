using System.Diagnostics.Metrics;
using Muse.Api.Rooms;
using Muse.Api.Rooms.Quality;
using Muse.SelfHostedMedia.Rooms;

namespace Muse.Api.Watch;

/// <summary>
/// The meter <c>Muse.Rooms.Now</c>: rooms and tracks that are there now, as gauges, which end with their room. Labels are the ids of room and
/// track and nothing of a person. Of the many ways of one track the worst is told.
/// </summary>
public sealed class RoomMeter
{
    public const string Name = "Muse.Rooms.Now";

    private readonly LiveRooms _rooms;
    private readonly MetricsOptions _options;
    private readonly Meter _meter;

    public RoomMeter(LiveRooms rooms, MetricsOptions options, IMeterFactory meters)
    {
        (_rooms, _options, _meter) = (rooms, options, meters.Create(Name));
        OfRoom("people", "{person}", "People in the room, by what they are to the lesson; listeners are an audience.", People);
        OfRoom("forward.delay", "s", "From a packet's arrival until it was sent on, over the last seconds.", room =>
        [
            (room.ForwardDelayMedian / 1_000, Tag("quantile", "0.5")), (room.ForwardDelayWorst / 1_000, Tag("quantile", "0.99")),
        ]);

        OfTrack("bitrate", "bit/s", "What comes of the track.", track => track.Sent.Bitrate);
        OfTrack("loss", "1", "Share lost on the publisher's line, before repairs.", track => track.Sent.Loss);
        OfTrack("jitter", "s", "On the publisher's line.", track => track.Sent.Jitter / 1_000);
        OfTrack("round_trip", "s", "To the publisher and back.", track => track.By.RoundTrip / 1_000.0);
        OfTrack("height", "{line}", "Of the largest picture that comes.", track => track.Sent.Layers.Max(layer => (int?)layer.Height) is > 0 and var lines ? lines : null);
        OfTrack("nacks", "{packet}/s", "Packets that the publisher is asked for again.", track => track.Sent.Nacks);
        OfTrack("key_frame_requests", "{request}/s", "PLIs to the publisher.", track => track.Sent.KeyFrameRequests);
        OfTrack("viewers", "{person}", "Who get the track.", track => track.Sent.Viewers);
        OfTrack("viewers.loss", "1", "Share lost on the worst viewer's line, before repairs.", track => track.Gotten.Max(got => got.Loss));
        OfTrack("viewers.jitter", "s", "On the worst viewer's line.", track => track.Gotten.Max(got => got.Jitter / 1_000));
        OfTrack("viewers.round_trip", "s", "To the farthest viewer and back.", track => track.RoundTrips.Max() / 1_000.0);
        OfTrack("viewers.bitrate", "bit/s", "What the viewer with the least gets.", track => track.Gotten.Min(got => got.Bitrate));
        OfTrack("viewers.height", "{line}", "Of the smallest layer in force.", track => track.Gotten.Where(got => got.Height > 0).Min(got => (int?)got.Height));
        OfTrack("viewers.nacks", "{packet}/s", "Packets that viewers ask for again.", track => track.Gotten.Sum(got => got.Nacks));
        OfTrack("viewers.key_frame_requests", "{request}/s", "PLIs of viewers.", track => track.Gotten.Sum(got => got.KeyFrameRequests));
        OfTrack("viewers.concealment", "1", "Share of the sound that the worst listener's browser made up.", track => track.Gotten.Max(got => got.Concealed));
    }

    private sealed record WatchedTrack(Guid RoomId, PersonNow By, SentNow Sent, IReadOnlyList<GottenNow> Gotten, IReadOnlyList<int?> RoundTrips);

    private IEnumerable<RoomNow> Rooms => _rooms.Now.OrderBy(room => room.Since).ThenBy(room => room.RoomId).Take(_options.MaxRooms);

    private IEnumerable<WatchedTrack> Tracks => Rooms.SelectMany(TracksOf).Take(_options.MaxTracks);

    private void OfRoom(string name, string unit, string description, Func<RoomNow, IEnumerable<(double? Value, KeyValuePair<string, object?> Tag)>> read) =>
        _meter.CreateObservableGauge($"muse.room.{name}", () =>
            from room in Rooms
            from one in read(room)
            where one.Value is not null
            select new Measurement<double>(one.Value!.Value, Tag("room", room.RoomId.ToString()), one.Tag), unit, description);

    private void OfTrack(string name, string unit, string description, Func<WatchedTrack, double?> read) =>
        _meter.CreateObservableGauge($"muse.room.track.{name}", () =>
            from track in Tracks
            let value = read(track)
            where value is not null
            select new Measurement<double>(
                value!.Value, Tag("room", track.RoomId.ToString()), Tag("track", track.Sent.TrackId.ToString()),
                Tag("kind", track.Sent.Kind == TrackKind.Audio ? "audio" : "video")), unit, description);

    private static IEnumerable<WatchedTrack> TracksOf(RoomNow room)
    {
        var gotten = room.People.Select(person => (person.RoundTrip, person.Gets)).Concat(room.Audience.Select(one => (one.RoundTrip, one.Gets)))
            .SelectMany(one => one.Gets.Select(got => (got.TrackId, one.RoundTrip, Got: got))).ToLookup(one => one.TrackId);
        return room.People.SelectMany(person => person.Sends.Select(sent => new WatchedTrack(
            room.RoomId, person, sent, [.. gotten[sent.TrackId].Select(one => one.Got)], [.. gotten[sent.TrackId].Select(one => one.RoundTrip)])));
    }

    private static IEnumerable<(double? Value, KeyValuePair<string, object?> Tag)> People(RoomNow room) =>
    [
        .. Enum.GetValues<RoomRole>().Select(role => (
            (double?)room.People.Count(person => person.Role == role && !person.IsStream), Tag("part", role.ToString().ToLowerInvariant()))),
        (room.Listeners, Tag("part", "listener")),
    ];

    private static KeyValuePair<string, object?> Tag(string name, string value) => new(name, value);
}
