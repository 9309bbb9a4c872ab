using System.Diagnostics.Metrics;
using Muse.Api.Rooms;
using Muse.SelfHostedMedia;
using Muse.SelfHostedMedia.Rooms.Watching;

namespace Muse.Api.Watch;

/// <summary>The meter <c>Muse.Media</c>: what the media server counts since its start, whichever room it was in.</summary>
public sealed class MediaMeter
{
    public const string Name = "Muse.Media";

    private readonly MediaHost _media;
    private readonly Histogram<double> _delay;
    private readonly Lock _telling = new();
    private DelayCounts? _told;

    public MediaMeter(MediaHost media, IMeterFactory meters)
    {
        _media = media;
        var meter = meters.Create(Name);
        Count("received.packets", "{packet}", "Datagrams that came.", s => s.ReceivedPackets);
        Count("received", "By", "What they held.", s => s.ReceivedBytes);
        Count("sent.packets", "{packet}", "Datagrams that went out.", s => s.SentPackets);
        Count("sent", "By", "What they held.", s => s.SentBytes);
        Count("forwarded.packets", "{packet}", "Media packets that went to subscribers.", s => s.ForwardedPackets);
        Count("resent.packets", "{packet}", "Packets sent again because of a NACK.", s => s.ResentPackets);
        Count("repaired.packets", "{packet}", "Lost packets of publishers that came again.", s => s.RepairedPackets + s.FilledFromRedundancy);
        Count("key_frame.requests", "{request}", "Key frames asked for.", s => s.KeyFrameRequests);
        Count("failed.handshakes", "{handshake}", "Handshakes that failed.", s => s.FailedHandshakes);
        Count("authentication.alarms", "{alarm}", "Times that many packets of a connection did not open.", s => s.AuthenticationAlarms);
        Count("data.received.messages", "{message}", "Messages that came by data channels.", s => s.ReceivedDataMessages);
        Count("data.received", "By", "What they held.", s => s.ReceivedDataBytes);
        Count("data.sent.messages", "{message}", "Messages that went out by data channels.", s => s.SentDataMessages);
        Count("data.sent", "By", "What they held.", s => s.SentDataBytes);
        Count("data.retransmissions", "{chunk}", "DATA chunks of SCTP sent again.", s => s.DataRetransmissions);
        Count("faults", "{fault}", "Bugs that surfaced on the media thread.", s => s.Faults);
        // What is observed is asked for before anything is collected: that is when the delays are told.
        meter.CreateObservableCounter("muse.media.dropped.packets", Drops, "{packet}", "What was dropped, by reason.");
        meter.CreateObservableCounter("muse.media.data.dropped.messages", DataDrops, "{message}", "Messages of data channels that were dropped, by reason.");
        meter.CreateObservableUpDownCounter("muse.media.data.channels", () => Statistics.DataChannels, "{channel}", "Open data channels.");
        meter.CreateObservableUpDownCounter("muse.media.rooms", () => Statistics.Rooms, "{room}", "Open rooms.");
        meter.CreateObservableUpDownCounter("muse.media.participants", () => Statistics.Participants, "{person}", "People and listeners in rooms.");
        meter.CreateObservableUpDownCounter("muse.media.connections", () => Statistics.Connections, "{connection}", "Connections of media.");
        _delay = meter.CreateHistogram("muse.media.forward.delay", "s", "From a packet's arrival until it was sent on, once per burst.",
            advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [.. ForwardDelays.UpperMicroseconds.ToArray().Select(end => end / 1e6)] });

        void Count(string name, string unit, string description, Func<MediaStatistics, long> count) =>
            meter.CreateObservableCounter($"muse.media.{name}", () => count(Statistics), unit, description);
    }

    private MediaStatistics Statistics => _media.Server.Statistics;

    /// <summary>Hands the delays that were counted since the last time to the histogram. They were counted in buckets of the same ends, and each
    /// is recorded as its bucket's mean: counts and sum stay what they are.</summary>
    private void TellDelays()
    {
        lock (_telling)
        {
            var now = _media.Server.ForwardDelays;
            var since = now.Since(_told);
            _told = now;
            for (var bucket = 0; bucket < since.Counts.Count; bucket++)
            {
                for (var i = 0L; i < since.Counts[bucket]; i++) _delay.Record(since.Nanoseconds[bucket] / 1e9 / since.Counts[bucket]);
            }
        }
    }

    private IEnumerable<Measurement<long>> Drops()
    {
        TellDelays();
        var s = Statistics;
        return
        [
            Of("unknown_address", s.DroppedUnknownAddress), Of("malformed", s.DroppedMalformed), Of("oversized", s.DroppedOversized),
            Of("stun", s.DroppedStun), Of("unauthentic", s.DroppedUnauthentic), Of("replayed", s.DroppedReplayed),
            Of("unroutable", s.DroppedUnroutable), Of("failed_send", s.FailedSends), Of("handshake", s.DroppedHandshakes),
        ];
    }

    private IEnumerable<Measurement<long>> DataDrops()
    {
        var s = Statistics;
        return
        [
            Of("flood", s.DroppedTimingFlood), Of("oversized", s.DroppedTimingOversized), Of("malformed", s.DroppedTimingMalformed),
            Of("backlog", s.DroppedTimingBacklog), Of("refused_channel", s.RefusedDataChannels),
        ];
    }

    private static Measurement<long> Of(string reason, long count) => new(count, new KeyValuePair<string, object?>("reason", reason));
}
