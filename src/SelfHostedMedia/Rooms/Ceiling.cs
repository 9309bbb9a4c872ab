using Muse.SelfHostedMedia.Bandwidth;

namespace Muse.SelfHostedMedia.Rooms;

/// <summary>What a publisher's pictures may take, told to it by REMB: the room's profile, or less when all that it sends is one encoding and
/// a viewer's line cannot take it. (Chromium obeys REMB as a cap beside transport-wide feedback.)</summary>
internal static class Ceiling
{
    /// <returns>bit/s, the publisher's sound not counted.</returns>
    public static long Of(Publisher publisher)
    {
        var maximum = publisher.Participant.Room.Profile.MaxVideoBitrate;
        var sum = 0L;
        foreach (var track in publisher.Tracks)
        {
            if (track.IsVideo)
                sum += Of(track, maximum, publisher.Thread.NowMicroseconds);
        }

        return sum == 0 ? maximum : Math.Min(sum, maximum);
    }

    private static long Of(PublishedTrack track, long maximum, long now)
    {
        if (track.Encodings.Length > 1)
            return maximum;
        var limit = default(PublisherLimit);
        var canThin = track.Encodings[0].Layers.TemporalLayers > 1;
        foreach (var subscription in track.Subscriptions)
        {
            var demand = subscription.Demand;
            // Of an audience of a thousand somebody's line is always thin: that one goes without the picture, nobody else does.
            if (!subscription.Subscriber.IsAudience && subscription.Subscriber.Line.IsMeasured && demand.MaxHeight > 0 && demand.Chosen != LayerDemand.Unknown)
                limit.Add(demand.Allowance, canThin, subscription.Subscriber.Line.IsSilent(now));
        }

        return limit.Bitrate(maximum);
    }
}
