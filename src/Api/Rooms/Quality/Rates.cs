using Muse.SelfHostedMedia.Rooms;
using Muse.SelfHostedMedia.Rooms.Watching;

namespace Muse.Api.Rooms.Quality;

/// <summary>What two looks at a room make when one is taken from the other. Pure.</summary>
/// <param name="before">The look before, for what changes fast.</param>
/// <param name="earlier">One some seconds ago, for losses and requests: receivers report them only every few seconds.</param>
public sealed class Rates(RoomLook now, RoomLook before, RoomLook earlier)
{
    public SentNow Sent(ParticipantLook person, TrackLook track)
    {
        var (then, old) = (Find(before, person, track), Find(earlier, person, track));
        long lost = 0, expected = 0, nacks = 0, requests = 0, bitrate = 0;
        var jitter = 0.0;
        var layers = new List<LayerNow>();
        foreach (var encoding in track.Encodings)
        {
            var rate = PerSecond((encoding.Bytes - (Of(then, encoding)?.Bytes ?? 0)) * 8, before);
            var past = Of(old, encoding);
            var lostNow = encoding.Lost - (past?.Lost ?? 0);
            lost += lostNow;
            expected += encoding.Packets - (past?.Packets ?? 0) - (encoding.Recovered - (past?.Recovered ?? 0)) + lostNow;
            nacks += encoding.Nacks - (past?.Nacks ?? 0);
            requests += encoding.KeyFrameRequests - (past?.KeyFrameRequests ?? 0);
            jitter = Math.Max(jitter, encoding.JitterMilliseconds);
            bitrate += (long)rate;
            layers.Add(new(encoding.Rid, encoding.Height, (long)rate));
        }

        return new(
            track.Id, track.Kind, track.Source, track.Codec, track.IsSilenced, bitrate, Share(lost, expected), Round(jitter),
            Round(PerSecond(nacks, earlier)), Round(PerSecond(requests, earlier)), layers, track.Viewers);
    }

    public GottenNow Gotten(ParticipantLook person, SubscriptionLook got, ClientWord? word)
    {
        var (then, old) = (Find(before, person, got), Find(earlier, person, got));
        var said = word?.Of(got.TrackId);
        return new(
            got.TrackId, got.Kind, got.Kind == TrackKind.Video ? got.Picture : null, got.Rid, got.Height,
            got.SpatialLimit == byte.MaxValue ? null : got.SpatialLimit, got.TemporalLimit == byte.MaxValue ? null : got.TemporalLimit,
            (long)PerSecond((got.Bytes - (then?.Bytes ?? 0)) * 8, before),
            // The first report comes within seconds of the first packet: what it has lost is of these seconds.
            got.Lost is { } lost ? Share(lost - (old?.Lost ?? 0), got.Packets - (old?.Packets ?? 0)) : null,
            Round(got.JitterMilliseconds), Round(PerSecond(got.Nacks - (old?.Nacks ?? 0), earlier)),
            Round(PerSecond(got.KeyFrameRequests - (old?.KeyFrameRequests ?? 0), earlier)),
            got.Kind == TrackKind.Audio ? said?.ConcealedShare : null, got.Kind == TrackKind.Video ? said?.Last.Freezes : null,
            said?.Last.JitterBuffer);
    }

    public DataNow? Data(ParticipantLook person)
    {
        if (person.Data is not { } data) return null;
        // A connection that came anew counts anew.
        var old = earlier.Participants.FirstOrDefault(one => one.Id == person.Id)?.Data is { } past && past.Received <= data.Received && past.Sent <= data.Sent ? past : null;
        return new(
            data.IsOpen, Round(PerSecond(data.Received - (old?.Received ?? 0), earlier)), Round(PerSecond(data.Sent - (old?.Sent ?? 0), earlier)),
            (long)PerSecond((data.ReceivedBytes + data.SentBytes - (old?.ReceivedBytes ?? 0) - (old?.SentBytes ?? 0)) * 8, earlier), data.Dropped);
    }

    /// <summary>How long packets stayed here.</summary>
    public DelayCounts Delays => now.Delays.Since(earlier == now ? null : earlier.Delays);

    private double PerSecond(long count, RoomLook since) => now.At <= since.At ? 0 : Math.Max(0, count * 1_000.0 / (now.At - since.At));

    /// <summary>0…1; null when nothing was expected. Repairs and duplicates may make a difference negative.</summary>
    private static double? Share(long lost, long expected) => expected <= 0 ? null : Math.Round(Math.Clamp((double)lost / expected, 0, 1), 4);

    private static double Round(double value) => Math.Round(value, 2);

    private static TrackLook? Find(RoomLook look, ParticipantLook person, TrackLook track) =>
        look.Participants.FirstOrDefault(one => one.Id == person.Id)?.Tracks.FirstOrDefault(one => one.Id == track.Id);

    private static EncodingLook? Of(TrackLook? track, EncodingLook encoding) =>
        // A publisher that came anew counts anew.
        track?.Encodings.FirstOrDefault(one => one.Rid == encoding.Rid && one.Packets <= encoding.Packets);

    private static SubscriptionLook? Find(RoomLook look, ParticipantLook person, SubscriptionLook got) =>
        look.Participants.FirstOrDefault(one => one.Id == person.Id)?.Subscriptions.FirstOrDefault(one => one.TrackId == got.TrackId && one.Packets <= got.Packets);
}
